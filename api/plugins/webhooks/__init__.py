"""Webhooks: a program's events go to other platforms by the Standard Webhooks scheme, each as a CloudEvents 1.0 envelope."""

"""What the exchange tells its operators: logs, metrics and health; no secrets in any of them."""

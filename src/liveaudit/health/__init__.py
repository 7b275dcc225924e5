"""How liveaudit itself fares: what is unhealthy, figures for Prometheus, and whether what is stored still holds."""

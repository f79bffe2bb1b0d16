"""`crm-o2c`: the priority engine on a file, on a live ERPNext by REST, or on a demo order book. Needs no Frappe."""

from crm_o2c.cli.main import main

__all__ = ["main"]

"""Bench commands of the app. Bench imports this for every command of every app, so the work is imported when called."""

import click

from frappe.commands import get_site, pass_context


@click.command("o2c-demo-data")
@click.option("--force", is_flag=True, help="Also on a site that has orders of its own.")
@pass_context
def demo_data(context: click.Context, force: bool) -> None:
	"""Make customers, items and an order book to try CRM O2C with: ranked, checked, some of it wrong. A second call adds nothing."""
	import frappe

	from crm_o2c.services import demo_data as service

	frappe.init(site=get_site(context))
	frappe.connect()
	try:
		if not force and service.has_own_orders():
			raise click.ClickException(
				"This site has orders of its own. Demo data belongs on a site to try things on; --force makes it all the same."
			)
		for line in service.make(progress=click.progressbar):
			click.echo(line)
	finally:
		frappe.destroy()


commands = [demo_data]

"""For tools that predate pyproject.toml, which is what pip and bench read. It must say the same."""

import re
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
# read, not imported: setup runs before the package is importable
VERSION = re.search(r'^__version__ = "([^"]+)"', (ROOT / "crm_o2c" / "__init__.py").read_text(), re.MULTILINE).group(1)

setup(
	name="crm_o2c",
	version=VERSION,
	description="Order-to-cash for ERPNext: orders ranked, checked and held by engines that explain themselves, and an Order Desk",
	license="GPL-3.0",
	packages=find_packages(include=["crm_o2c", "crm_o2c.*"]),
	include_package_data=True,
	zip_safe=False,
	python_requires=">=3.10",
	install_requires=["openpyxl>=3.1", "requests>=2.31"],
	entry_points={"console_scripts": ["crm-o2c = crm_o2c.cli:main"]},
)

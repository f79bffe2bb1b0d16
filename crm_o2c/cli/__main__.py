"""`python -m crm_o2c.cli`: the same as `crm-o2c`."""

from crm_o2c.cli.main import main

raise SystemExit(main())

from crm_o2c.cli.main import main

raise SystemExit(main())

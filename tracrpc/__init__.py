# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Remote procedure calls for Trac, over XML-RPC and JSON-RPC."""

__version__ = '1.3.0'

# Trac's components exist once their modules are imported, and their order is
# that of the imports. Other plugins import the names from here.
from tracrpc.api import *  # noqa: E402, F401, F403
from tracrpc.xml_rpc import *  # noqa: E402, F401, F403
from tracrpc.json_rpc import *  # noqa: E402, F401, F403
from tracrpc.web_ui import *  # noqa: E402, F401, F403
from tracrpc.ticket import *  # noqa: E402, F401, F403
from tracrpc.wiki import *  # noqa: E402, F401, F403
from tracrpc.search import *  # noqa: E402, F401, F403
from tracrpc.tokens import *  # noqa: E402, F401, F403
from tracrpc.accounts import *  # noqa: E402, F401, F403
from tracrpc.login import *  # noqa: E402, F401, F403
from tracrpc.token_admin import *  # noqa: E402, F401, F403
from tracrpc.token_web import *  # noqa: E402, F401, F403
from tracrpc.openrpc import *  # noqa: E402, F401, F403

# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Makes the Trac environment of the demo: a small project in the middle of
its work."""

import io
import sys
from base64 import b64encode
from datetime import timedelta
from hashlib import sha1

from trac.attachment import Attachment
from trac.env import Environment
from trac.perm import PermissionSystem
from trac.ticket.model import Component, Milestone, Ticket
from trac.util.datefmt import datetime_now, utc
from trac.wiki.model import WikiPage

#: name -> password
USERS = {'admin': 'admin', 'user': 'user'}

OPTIONS = [
    ('components', 'tracrpc.*', 'enabled'),
    ('trac', 'database', 'sqlite:db/trac.db'),
    ('project', 'name', 'Tea Kettle'),
    ('project', 'descr', 'The demo of TracXMLRPC'),
    ('logging', 'log_type', 'file'),
    ('logging', 'log_level', 'INFO'),
    ('mainnav', 'roadmap.order', '2'),
]

# name, days until it is due, days since it was completed, description
MILESTONES = [
    ('0.9', -30, 28, 'Boils water.'),
    ('1.0', 14, None, 'Boils water and says so.'),
    ('2.0', 120, None, "Makes ''tea''."),
]

# attributes; then changes: days ago, author, comment, attributes
TICKETS = [
    ({'summary': 'Water boils over', 'reporter': 'user', 'owner': 'admin',
      'type': 'defect', 'priority': 'critical', 'component': 'heating',
      'milestone': '0.9', 'keywords': 'lid steam',
      'description': "Fill it to the brim and wait.\n\n'''Expected''': tea."},
     [(40, 'admin', 'Seen it too.', {'status': 'accepted'}),
      (29, 'admin', 'The lid now has a hole, see TeaKettle.',
       {'status': 'closed', 'resolution': 'fixed'})]),
    ({'summary': 'Whistle when the water boils', 'reporter': 'admin',
      'owner': 'user', 'type': 'enhancement', 'component': 'whistle',
      'milestone': '1.0', 'cc': 'neighbours@example.org',
      'description': 'Loud enough for the next room:\n * 440 Hz\n * 80 dB'},
     [(12, 'user', 'I can do that.', {'status': 'assigned'}),
      (3, 'user', 'It whistles, but the dog does not like it.', {})]),
    ({'summary': 'Handle gets hot: Größe prüfen', 'reporter': 'user',
      'owner': 'admin', 'type': 'defect', 'priority': 'blocker',
      'component': 'heating', 'milestone': '1.0',
      'description': 'Only with water in it. #1 may have to do with it.'},
     []),
    ({'summary': 'Buy tea', 'reporter': 'anonymous', 'owner': 'user',
      'type': 'task', 'priority': 'minor', 'component': 'whistle',
      'milestone': '2.0', 'description': 'Green or black?'},
     [(6, 'anonymous', 'Black.', {}),
      (5, 'user', 'Green.', {'status': 'closed', 'resolution': 'wontfix'}),
      (4, 'anonymous', 'Black!', {'status': 'reopened', 'resolution': ''})]),
    ({'summary': 'The kettle is round', 'reporter': 'user', 'owner': 'admin',
      'type': 'defect', 'priority': 'trivial', 'component': 'heating',
      'description': 'It should be square.'},
     [(1, 'admin', 'No.', {'status': 'closed', 'resolution': 'invalid'})]),
]

# name, then the text of each version
PAGES = [
    ('WikiStart', ['= Tea Kettle\n\nThe demo of TracXMLRPC. See TeaKettle, '
                   'the [/roadmap roadmap], [/query tickets] and the [/rpc '
                   'API].\n']),
    ('TeaKettle', ['= How it works\n\nPut water in.\n',
                   '= How it works\n\n 1. Put water in.\n 2. Wait.\n\n'
                   '||= part =||= ticket =||\n|| whistle || #2 ||\n']),
    ('Meetings/First', ['We met. milestone:1.0 will be late.\n']),
]

# parent's realm and id, file name, description, author, content
ATTACHMENTS = [
    ('ticket', 1, 'lid.patch', 'a hole', 'admin',
     b'--- lid\n+++ lid\n@@ -1 +1 @@\n-solid\n+with a hole\n'),
    ('ticket', 2, 'whistle.bin', '', 'user', bytes(range(256)) * 8),
    ('wiki', 'TeaKettle', 'notes.txt', 'from the meeting', 'user',
     'Wasser: 1 ℓ\n'.encode('utf-8')),
]


def make_environment(path):
    """Make a Trac environment in the directory `path`."""
    env = Environment(path, create=True, options=OPTIONS)
    grant_permissions(env)
    make_milestones(env)
    for attributes, changes in TICKETS:
        make_ticket(env, attributes, changes)
    for name, texts in PAGES:
        make_page(env, name, texts)
    for args in ATTACHMENTS:
        attach(env, *args)
    env.shutdown()


def grant_permissions(env):
    perm = PermissionSystem(env)
    if 'XML_RPC' not in perm.get_actions():
        sys.exit('Trac did not load TracXMLRPC. Is it installed in this '
                 'Python? ./run demo installs it.')
    perm.grant_permission('anonymous', 'XML_RPC')
    perm.grant_permission('admin', 'TRAC_ADMIN')


def make_milestones(env):
    for milestone in Milestone.select(env):
        milestone.delete()
    for name, due, completed, description in MILESTONES:
        milestone = Milestone(env)
        milestone.name = name
        milestone.due = days_ago(-due)
        milestone.completed = completed and days_ago(completed)
        milestone.description = description
        milestone.insert()
    for old, new in (('component1', 'heating'), ('component2', 'whistle')):
        component = Component(env, old)
        component.name = new
        component.owner = 'admin'
        component.update()


def make_ticket(env, attributes, changes):
    ticket = Ticket(env)
    ticket.populate(dict(attributes, status='new'))
    ticket.insert(when=days_ago(changes[0][0] + 5 if changes else 2))
    for days, author, comment, values in changes:
        for name, value in values.items():
            ticket[name] = value
        ticket.save_changes(author, comment, when=days_ago(days))


def make_page(env, name, texts):
    page = WikiPage(env, name)
    for version, text in enumerate(texts):
        page.text = text
        page.save('admin', 'as we have found out' if version else '',
                  days_ago(20 - version))


def attach(env, realm, id_, filename, description, author, content):
    attachment = Attachment(env, realm, id_)
    attachment.description = description
    attachment.author = author
    attachment.insert(filename, io.BytesIO(content), len(content))


def days_ago(days):
    return datetime_now(utc).replace(microsecond=0) - timedelta(days=days)


def write_htpasswd(path):
    """Write the users' passwords in the one salt-free format that Trac
    verifies on every Python, with the `crypt` module and without it."""
    with open(path, 'w') as f:
        for user, password in USERS.items():
            digest = b64encode(sha1(password.encode('utf-8')).digest())
            f.write('%s:{SHA}%s\n' % (user, digest.decode('ascii')))

# -*- coding: utf-8 -*-
# ruff: noqa: E501
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The contract of the API: names, signatures and their order, as clients
know them."""

import xmlrpc.client as xmlrpclib

from tracrpc.api import XMLRPCSystem
from tracrpc.tests.support import request

# help line, signatures, permission; in the order of `system.listMethods`
METHODS = [
    ('array system.multicall(array signatures)',
     ['array,array'],
     'XML_RPC'),
    ('array system.listMethods()',
     ['array'],
     'XML_RPC'),
    ('string system.methodHelp(string method)',
     ['string,string'],
     'XML_RPC'),
    ('array system.methodSignature(string method)',
     ['array,string'],
     'XML_RPC'),
    ('array system.getAPIVersion()',
     ['array'],
     'XML_RPC'),
    ('array ticket.query(string qstr="status!=closed")',
     ['array',
      'array,string'],
     None),
    ('array ticket.getRecentChanges(DateTime since)',
     ['array,DateTime'],
     None),
    ('array ticket.getAvailableActions(int id)',
     ['array,int'],
     None),
    ('array ticket.getActions(int id)',
     ['array,int'],
     None),
    ('array ticket.get(int id)',
     ['array,int'],
     None),
    ('int ticket.create(string summary, string description, struct attributes={}, boolean notify=False, DateTime when=None)',
     ['int,string,string',
      'int,string,string,struct',
      'int,string,string,struct,boolean',
      'int,string,string,struct,boolean,DateTime'],
     'TICKET_CREATE'),
    ('array ticket.update(int id, string comment, struct attributes={}, boolean notify=False, string author="", DateTime when=None)',
     ['array,int,string',
      'array,int,string,struct',
      'array,int,string,struct,boolean',
      'array,int,string,struct,boolean,string',
      'array,int,string,struct,boolean,string,DateTime'],
     None),
    ('int ticket.delete(int id)',
     ['int,int'],
     None),
    ('struct ticket.changeLog(int id, int when=0)',
     ['struct,int',
      'struct,int,int'],
     None),
    ('array ticket.listAttachments(int ticket)',
     ['array,int'],
     None),
    ('Binary ticket.getAttachment(int ticket, string filename)',
     ['Binary,int,string'],
     None),
    ('string ticket.putAttachment(int ticket, string filename, string description, Binary data, boolean replace=True)',
     ['string,int,string,string,Binary,boolean',
      'string,int,string,string,Binary'],
     None),
    ('boolean ticket.deleteAttachment(int ticket, string filename)',
     ['boolean,int,string'],
     None),
    ('array ticket.getTicketFields()',
     ['array'],
     'TICKET_VIEW'),
    ('array ticket.status.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('struct ticket.status.get(string name)',
     ['struct,string'],
     'TICKET_VIEW'),
    ('int ticket.status.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.status.create(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('int ticket.status.update(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('array ticket.component.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('struct ticket.component.get(string name)',
     ['struct,string'],
     'TICKET_VIEW'),
    ('int ticket.component.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.component.create(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('int ticket.component.update(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('array ticket.version.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('struct ticket.version.get(string name)',
     ['struct,string'],
     'TICKET_VIEW'),
    ('int ticket.version.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.version.create(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('int ticket.version.update(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('array ticket.milestone.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('struct ticket.milestone.get(string name)',
     ['struct,string'],
     'TICKET_VIEW'),
    ('int ticket.milestone.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.milestone.create(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('int ticket.milestone.update(string name, struct attributes)',
     ['int,string,struct'],
     'TICKET_ADMIN'),
    ('array ticket.type.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('string ticket.type.get(string name)',
     ['string,string'],
     'TICKET_VIEW'),
    ('int ticket.type.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.type.create(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('int ticket.type.update(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('array ticket.resolution.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('string ticket.resolution.get(string name)',
     ['string,string'],
     'TICKET_VIEW'),
    ('int ticket.resolution.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.resolution.create(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('int ticket.resolution.update(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('array ticket.priority.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('string ticket.priority.get(string name)',
     ['string,string'],
     'TICKET_VIEW'),
    ('int ticket.priority.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.priority.create(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('int ticket.priority.update(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('array ticket.severity.getAll()',
     ['array'],
     'TICKET_VIEW'),
    ('string ticket.severity.get(string name)',
     ['string,string'],
     'TICKET_VIEW'),
    ('int ticket.severity.delete(string name)',
     ['int,string'],
     'TICKET_ADMIN'),
    ('int ticket.severity.create(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('int ticket.severity.update(string name, string value)',
     ['int,string,string'],
     'TICKET_ADMIN'),
    ('struct wiki.getRecentChanges(DateTime since)',
     ['struct,DateTime'],
     None),
    ('int wiki.getRPCVersionSupported()',
     ['int'],
     'WIKI_VIEW'),
    ('string wiki.getPage(string pagename, int version=None)',
     ['string,string',
      'string,string,int'],
     None),
    ('string wiki.getPageVersion(string pagename, int version=None)',
     ['string,string,int'],
     None),
    ('string wiki.getPageHTML(string pagename, int version=None)',
     ['string,string',
      'string,string,int'],
     None),
    ('string wiki.getPageHTMLVersion(string pagename, int version=None)',
     ['string,string',
      'string,string,int'],
     None),
    ('array wiki.getAllPages()',
     ['array'],
     None),
    ('struct wiki.getPageInfo(string pagename, int version=None)',
     ['struct,string',
      'struct,string,int'],
     None),
    ('struct wiki.getPageInfoVersion(string pagename, int version=None)',
     ['struct,string,int'],
     None),
    ('boolean wiki.putPage(string pagename, string content, struct attributes)',
     ['boolean,string,string,struct'],
     None),
    ('array wiki.listAttachments(string pagename)',
     ['array,string'],
     None),
    ('Binary wiki.getAttachment(string path)',
     ['Binary,string'],
     None),
    ('boolean wiki.putAttachment(string path, Binary data)',
     ['boolean,string,Binary'],
     None),
    ('boolean wiki.putAttachmentEx(string pagename, string filename, string description, Binary data, boolean replace=True)',
     ['boolean,string,string,string,Binary',
      'boolean,string,string,string,Binary,boolean'],
     None),
    ('boolean wiki.deletePage(string name, int version=None)',
     ['boolean,string',
      'boolean,string,int'],
     None),
    ('boolean wiki.deleteAttachment(string path)',
     ['boolean,string'],
     None),
    ('array wiki.listLinks(string pagename)',
     ['array,string'],
     'WIKI_VIEW'),
    ('string wiki.wikiToHtml(string text)',
     ['string,string'],
     'WIKI_VIEW'),
    ('array search.getSearchFilters()',
     ['array'],
     'SEARCH_VIEW'),
    ('array search.performSearch(string query, array filters=None)',
     ['array,string',
      'array,string,array'],
     'SEARCH_VIEW'),
]

#: Which Trac grants on each milestone (rule E2), not on the site.
BY_MILESTONE = ['ticket.milestone.delete', 'ticket.milestone.create',
                'ticket.milestone.update']


def name_of(line):
    return line.partition('(')[0].rpartition(' ')[2]


NAMES = [name_of(line) for line, _, _ in METHODS]


def test_listMethods(rpc):
    names = rpc.anonymous.system.listMethods()
    assert [name for name in names if name in NAMES] == NAMES
    assert len(NAMES) == 79 and len(set(names)) == len(names)


def test_signatures_and_help_lines(rpc):
    for line, signatures, _ in METHODS:
        name = name_of(line)
        assert rpc.user.system.methodSignature(name) == signatures, name
        help = rpc.user.system.methodHelp(name)
        assert help.partition('\n\n')[0] == line


def test_permissions(env):
    system = XMLRPCSystem(env)
    for line, _, permission in METHODS:
        name = name_of(line)
        expected = None if name in BY_MILESTONE else permission
        assert system.get_method(name).permission == expected, name


def test_all_methods_answer_at_all_paths(env):
    """Without arguments every method gives a result or a clean fault."""
    for path in ('/rpc', '/xmlrpc', '/login/rpc', '/login/xmlrpc'):
        for name in NAMES:
            body = xmlrpclib.dumps((), name).encode('ascii')
            response = request(env, path, body=body, content_type='text/xml',
                               user='admin' if 'login' in path else None)
            assert response.status == 200
            try:
                xmlrpclib.loads(response.body)
            except xmlrpclib.Fault as e:
                assert 'missing' in e.faultString or e.faultCode == 403


# the methods of this plugin that change something
WRITING = {
    'ticket.create', 'ticket.update', 'ticket.delete',
    'ticket.putAttachment', 'ticket.deleteAttachment',
    'wiki.putPage', 'wiki.putAttachment', 'wiki.putAttachmentEx',
    'wiki.deletePage', 'wiki.deleteAttachment',
} | {'ticket.%s.%s' % (namespace, name)
     for namespace in ('component', 'milestone', 'version', 'type', 'status',
                       'resolution', 'priority', 'severity')
     for name in ('create', 'update', 'delete')}


def test_which_methods_only_read(env):
    assert {method.name for method in XMLRPCSystem(env).all_methods()
            if not method.read_only} == WRITING

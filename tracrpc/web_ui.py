# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`RPCWeb`: which requests are calls, which are for the documentation page,
and how each is answered.
"""

from pkg_resources import resource_filename
from trac.config import BoolOption, IntOption
from trac.core import Component, ExtensionPoint, TracError, implements
from trac.perm import PermissionError
from trac.util import as_bool
from trac.util.html import tag
from trac.util.text import exception_to_unicode
from trac.web.api import IRequestHandler, RequestDone, arg_list_to_args, \
    parse_arg_list
from trac.web.chrome import INavigationContributor, ITemplateProvider

from tracrpc.api import IRPCProtocol, XMLRPCSystem
from tracrpc.docs import DocumentationPage
from tracrpc.faults import ProtocolException, RPCError, ServiceException, \
    message_of, traceback_of
from tracrpc.heap import HeapFreezer
from tracrpc.http import Refusal, RequestBody, send_answer, send_kept, \
    send_refusal
from tracrpc.login import RPCLogin
from tracrpc.openrpc import OpenRPC
from tracrpc.util import _, add_texts, i18n_domain

__all__ = ['RPCWeb']


class RPCWeb(Component):
    """Answers the requests to the paths of the RPC protocols."""

    implements(INavigationContributor, IRequestHandler, ITemplateProvider)

    protocols = ExtensionPoint(IRPCProtocol)

    max_request_size = IntOption('rpc', 'max_request_size', 128 * 1024 * 1024,
        """Maximum size of a request in bytes, also after decompression. Data
        sent as base64, such as attachments, take a third more than the
        data.""", doc_domain=i18n_domain)

    freeze_heap = BoolOption('rpc', 'freeze_heap', 'true',
        """Whether to keep Python's garbage collection, which Trac runs at
        the end of every request, off the objects that exist once the first
        calls are answered (`gc.freeze`). All requests to the process get
        faster, not only calls. Switch it off if other software in the
        process depends on the collection of objects that were made
        before.""", doc_domain=i18n_domain)

    def __init__(self):
        self._known_paths = None
        self._heap = HeapFreezer()
        self._page = DocumentationPage(self.env, self.protocols)
        add_texts(self.env)

    # INavigationContributor methods

    def get_active_navigation_item(self, req):
        return 'rpc'

    def get_navigation_items(self, req):
        if 'XML_RPC' in req.perm:
            yield 'metanav', 'rpc', tag.a(_("API"), href=req.href.rpc())

    # IRequestHandler methods

    def match_request(self, req):
        if self._media_types(req.path_info) is None:
            return False
        req.rpc_body = RequestBody(req.environ, self.max_request_size,
                                   req._start_response)
        if _forget_form(req):
            # Trac refuses forms without a token, and does not read them then
            req.rpc_body.drain()
        RPCLogin(self.env).receive(req)
        return True

    def process_request(self, req):
        body = req.rpc_body
        try:
            RPCLogin(self.env).require(req)
            if _path(req.path_info) == OpenRPC.path:
                return self._process_description(req, body)
            protocol, is_call = self._protocol(req)
            if not is_call:
                return self._process_page(req, body)
            if self.freeze_heap:
                self._heap.call_begins()
            _refuse_foreign_sites(req)
            body.load(required=req.method == 'POST')
            vars(req).pop('_inheaders', None)  # their length may be wrong now
            self._process_call(req, protocol)
        except Refusal as refusal:
            send_refusal(req, refusal, body)
        finally:
            body.close()

    # ITemplateProvider methods

    def get_htdocs_dirs(self):
        yield 'tracrpc', resource_filename('tracrpc', 'htdocs')

    def get_templates_dirs(self):
        yield resource_filename('tracrpc', 'templates')

    # Internal methods: what is asked for

    def _media_types(self, path_info):
        """The media types that are answered at a path, and the protocols
        that answer them; `None` for paths that are none of ours."""
        if self._known_paths is None:
            self._known_paths = self._read_paths()
        return self._known_paths.get(_path(path_info))

    def _read_paths(self):
        paths = {}
        for protocol in self.protocols:
            try:
                for path, media_type in protocol.rpc_match():
                    paths.setdefault(path, {}).setdefault(
                        media_type.strip().lower(), protocol)
            except Exception as e:
                self.log.error("The protocol %r is left out: %s", protocol,
                               traceback_of(e))
        paths.setdefault('rpc', {})
        if self.env[OpenRPC]:
            paths[OpenRPC.path] = {}
        return paths

    def _protocol(self, req):
        """The protocol of a request, and whether the request is a call."""
        protocol = self._media_types(req.path_info).get(_media_type(req))
        if protocol is not None and not getattr(protocol, 'post_only', False):
            return protocol, True
        if req.method not in ('GET', 'HEAD', 'POST'):
            raise Refusal(405, "%s is not allowed here, calls use POST"
                               % req.method, [('Allow', 'GET, HEAD, POST')])
        return protocol, protocol is not None and req.method == 'POST'

    # Internal methods: the page

    def _process_page(self, req, body):
        if not _wants_html(req):
            raise Refusal(415, "No protocol matching Content-Type '%s' at "
                               "path '%s'." % (_content_type(req),
                                               req.path_info))
        if req.method == 'HEAD' and 'XML_RPC' not in req.perm:
            raise Refusal(403, message_of(PermissionError('XML_RPC')))
        body.drain()
        req.perm.require('XML_RPC')
        # Trac sends its pages without a length
        req.send = lambda content, content_type='text/html', status=200: \
            send_answer(req, content_type + ';charset=utf-8', [content],
                        status, session=req.rpc_login is None)
        return self._page.render(req)

    # Internal methods: the description for programs

    def _process_description(self, req, body):
        if req.method not in ('GET', 'HEAD'):
            raise Refusal(405, "%s is not allowed here" % req.method,
                          [('Allow', 'GET, HEAD')])
        try:
            XMLRPCSystem(self.env).get_method('rpc.discover').require(req)
        except PermissionError as e:
            raise Refusal(403, message_of(e)) from None
        description = OpenRPC(self.env).description(
            req, as_bool(req.args.get('all')))
        send_kept(req, 'application/json', description.content,
                  description.entity_tag, body)

    # Internal methods: calls

    def _process_call(self, req, protocol):
        req.rpc = {'mimetype': _content_type(req), 'method': None}
        try:
            self._check_login(req)
            self._parse(req, protocol)
            result = self._result(req)
        except RequestDone:
            raise
        except Exception as e:
            self._send_error(req, protocol, self._known(req, e))
        try:
            protocol.send_rpc_result(req, result)
        except RequestDone:
            raise
        except Exception as e:
            if req.response_started:  # the client has gone away
                self.log.warning("The answer to RPC call %r is not sent: %s",
                                 req.rpc.get('method'),
                                 exception_to_unicode(e))
                raise RequestDone from e
            self._send_error(req, protocol, self._known(req, e))

    def _check_login(self, req):
        if req.path_info.startswith('/login/') and \
                not req.is_authenticated:
            raise RPCError("Authentication information not available")

    def _parse(self, req, protocol):
        try:
            rpc = protocol.parse_rpc_request(req, _media_type(req))
            rpc['mimetype'] = _content_type(req)
        except (TracError, PermissionError, ProtocolException, RequestDone,
                OSError):  # no room for the body is not the client's mistake
            raise
        except Exception as e:
            raise ProtocolException(e) from e
        req.rpc = rpc

    def _result(self, req):
        req.perm.require('XML_RPC')
        name = req.rpc.get('method')
        if name is None:
            raise RPCError("Missing method name")
        self.log.debug("RPC call %r by %r", name, req.authname)
        try:
            return XMLRPCSystem(self.env).call(
                req, name, req.rpc.get('params') or ())[0]
        finally:
            self._save_session(req)

    def _save_session(self, req):
        """Save what a method may have put into the user's session; a failure
        does not undo the call."""
        if 'session' in vars(req) and req.is_authenticated:
            try:
                req.session.save()
            except Exception as e:
                self.log.error("The session of %r is not saved: %s",
                               req.authname, traceback_of(e))

    def _known(self, req, exc):
        """Log a failed call, and return the exception as protocols know
        it."""
        exc = XMLRPCSystem(self.env).failure(exc, req.rpc.get('method'))
        if isinstance(exc, (TracError, PermissionError, ProtocolException,
                            ServiceException)):
            return exc
        return ServiceException(exc)

    def _send_error(self, req, protocol, exc):
        try:
            if req.response_started:
                raise RequestDone
            protocol.send_rpc_error(req, exc)
        except RequestDone:
            raise
        except Exception as e:
            self.log.error("%r cannot send an error: %s", protocol,
                           traceback_of(e))
            text = "Unhandled protocol error calling '%s': %s" % (
                req.rpc.get('method') or '(undefined)', message_of(e))
            send_answer(req, 'text/plain;charset=utf-8',
                        [text.encode('utf-8', 'replace')], 500)


def _path(path_info):
    """A path below the site or its `/login`, without a slash at its end."""
    path = path_info[7:] if path_info.startswith('/login/') else path_info[1:]
    return path[:-1] if path.endswith('/') else path


def _content_type(req):
    return req.environ.get('CONTENT_TYPE') or ''


def _media_type(req):
    return _content_type(req).split(';')[0].strip().lower()


def _forget_form(req):
    """Keep Trac's form parser away from the body: it fails on a missing
    content type, and calls are no forms. Return whether the body is one."""
    if req.environ.get('CONTENT_TYPE') is None:
        req.environ.pop('CONTENT_TYPE', None)
    try:
        req.arg_list = parse_arg_list(req.query_string)
    except UnicodeDecodeError:
        req.arg_list = []
    req.args = arg_list_to_args(req.arg_list)
    return _media_type(req) in ('application/x-www-form-urlencoded',
                                'multipart/form-data')


def _wants_html(req):
    """Whether the documentation page is an answer that the client takes.

    A POST is meant as a call: there the client has to name HTML.
    """
    accept = req.get_header('Accept')
    reading = req.method in ('GET', 'HEAD')
    if not accept or not accept.strip():
        return reading
    quality = {}
    for item in accept.split(','):
        media_range, *params = (part.strip().lower()
                                for part in item.split(';'))
        quality[media_range] = _quality(params)
    ranges = ('text/html', 'text/*', '*/*') if reading else ('text/html',)
    for media_range in ranges:
        if media_range in quality:
            return quality[media_range] > 0
    return False


def _quality(params):
    for param in params:
        name, _, value = param.partition('=')
        if name.strip() == 'q':
            try:
                return float(value)
            except ValueError:
                return 0
    return 1


def _refuse_foreign_sites(req):
    """Refuse what another site makes the browser of a logged in user send:
    calls that the browser's cookies authenticate, as far as can be told: a
    header `Authorization` that means nothing here does not count."""
    if not req.is_authenticated or req.rpc_login or req.remote_user or \
            not req.get_header('Cookie'):
        return
    origin = req.get_header('Origin')
    if req.get_header('Sec-Fetch-Site') == 'cross-site' or \
            origin and not _is_own(req, origin):
        raise Refusal(403, "Calls from other sites are refused")


def _is_own(req, origin):
    own = (req.abs_href(), '%s://%s' % (req.scheme, req.get_header('Host')))
    return _site(origin) in map(_site, own)


def _site(address):
    """Scheme and host of an address, even of a broken one, which Python
    would not take apart."""
    return address.lower().split('/')[:3]

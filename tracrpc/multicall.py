# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Several calls in one request: each as if it had been sent alone, adjacent
reads answered together.
"""

from itertools import groupby
from typing import Any, NamedTuple

from trac.perm import PermissionCache
from trac.web.api import arg_list_to_args

from tracrpc.binary import OpenFiles
from tracrpc.faults import RPCError, is_clients_mistake, traceback_of
from tracrpc.method import Method


class Call(NamedTuple):
    """A call that a protocol has read: the name of a method, and a list of
    its arguments or a dict of named ones."""
    name: str
    params: Any


def answers(system, req, elements):
    """Run calls in their order; yield what each returns, as the only element
    of a tuple, or the exception that it raises.

    :param system: the `XMLRPCSystem`
    :param elements: for each call a struct `{methodName, params}` as clients
                     send it, a `Call`, or an exception that says why the
                     protocol cannot read it
    """
    calls = (_resolved(system, element, number)
             for number, element in enumerate(elements, 1))
    body = vars(req).get('rpc_body')
    files = OpenFiles(body and body.keep)
    for method, group in groupby(calls, key=_batchable):
        run = list(group)
        together = _together(system, req, method, run) \
            if method and len(run) > 1 else None
        yield from together or _one_by_one(system, req, run, files)


def check_count(system, elements):
    """Refuse more calls than one request may hold."""
    if len(elements) > system.max_multicall:
        raise RPCError("A multicall may hold at most %d calls, not %d"
                       % (system.max_multicall, len(elements)))


def isolate(env, req):
    """Let nothing that an earlier call left behind reach the next."""
    req.arg_list = []
    req.args = arg_list_to_args([])
    vars(req).pop('chrome', None)
    if type(req.perm) is PermissionCache:
        req.perm = PermissionCache(env, req.perm.username)


def name_of(element):
    """The method that an element of a multicall names."""
    if isinstance(element, Call):
        return element.name
    return element.get('methodName') if isinstance(element, dict) else None


def _resolved(system, element, number):
    """The name, the method and the arguments of a call, or the name and what
    is wrong with it."""
    try:
        name, params = _read(element, number)
        return name, system.get_method(name), params
    except Exception as e:
        return name_of(element), e, None


def _read(element, number):
    """Name and arguments of an element of a multicall."""
    if isinstance(element, Exception):
        raise element
    if isinstance(element, Call):
        name, params = element
    elif not isinstance(element, dict):
        raise _malformed(number, "is not a struct")
    elif not isinstance(element.get('methodName'), str):
        raise _malformed(number, "names no method")
    elif not isinstance(element.get('params'), list):
        raise _malformed(number, "has no array of params")
    else:
        name, params = element['methodName'], element['params']
    if name == 'system.multicall':
        raise _malformed(number, "is a multicall itself, which is not "
                                 "allowed")
    return name, params


def _malformed(number, problem):
    return RPCError("Call %d of the multicall %s" % (number, problem))


def _batchable(call):
    """The method of a call, if calls of it that follow each other can be
    answered together; calls of the same method only are."""
    method = call[1]
    return method if isinstance(method, Method) and method.is_batchable \
        else None


def _one_by_one(system, req, run, files):
    """The answers to calls, one after the other."""
    for name, method, params in run:
        try:
            if isinstance(method, Exception):
                raise method
            isolate(system.env, req)
            result, = method(req, params)
            yield (files.bounded(result),)
        except Exception as e:
            yield system.failure(e, '%s' % name)


def _together(system, req, method, run):
    """The answers to calls of the same method, or `None` if they have to be
    given one after the other."""
    isolate(system.env, req)
    try:
        found = method.call_many(req, [params for _, _, params in run])
    except Exception as e:
        if not is_clients_mistake(e):
            system.log.error("The batch of %s failed, its calls are run one "
                             "by one: %s", method.name, traceback_of(e))
        return None
    return [system.failure(answer, method.name)
            if isinstance(answer, Exception) else answer
            for answer in found]

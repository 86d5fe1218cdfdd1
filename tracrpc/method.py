# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`Method`: one exposed method, as everything else sees it.

What there is to show of a method: its `name`, `namespace`, `permission`
(`None`: the method decides), `read_only`, `deprecated`, `signature` (one
line), `description` (wiki text, with these parts: `summary`, `faults`,
`result_description`), `variadic` (whether it takes more arguments than its
parameters), `result_text` (the result's type in one line) and
`result_schema`. Of each of its `parameters`: `name`, `optional`,
`default_text`, `text` (the type in one line), `schema` and `description`
(wiki text). Both have a `hint`; `schema.parts(hint)` lists what the struct or
array that it stands for is made of. Each of them may be empty.
"""

import copy
import inspect
import typing
from collections import abc
from functools import cached_property

from tracrpc.arguments import members, type_name
from tracrpc.docstring import Docstring
from tracrpc.faults import ArgumentError, is_clients_mistake
from tracrpc.parameter import Parameter
from tracrpc.schema import either, schema, text, without_nil
from tracrpc.values import returned


class Method:
    """An exposed method: its name, documentation, permission, signatures and
    parameters, read once from the function and its declaration.

    :param provider: the `IXMLRPCHandler` that exposes it
    :param permission: the action that callers need, or `None`
    :param signatures: declared signatures, `((return type, argument type,
                       ...), ...)`; `None` to take them from the type hints
    :param callable: the function; its first argument is the request
    :param name: the name inside of the namespace, if not the function's
    :param checked: whether the declared types are promises (`expose_rpc`,
                    type hints), or mere documentation as in older plugins
    """

    def __init__(self, provider, permission, signatures, callable, name=None,
                 checked=False):
        self.provider = provider
        self.permission = permission or None
        self.callable = callable
        self.namespace = '%s' % (provider.xmlrpc_namespace(),)
        self.name = '%s.%s' % (self.namespace,
                               name or getattr(callable, '__name__', ''))
        self.checked = checked
        self.read_only = getattr(callable, '_rpc_read_only', False)
        batch = getattr(callable, '_rpc_batch', None)
        self._batch = getattr(provider, batch, None) if batch else None
        self._hints = _type_hints(callable)
        self._docstring = Docstring(callable)
        self.hint = self._result_hint(signatures)
        self.parameters = self._read_parameters(signatures)
        self._docstring.arguments = [p.name for p in self.parameters]
        self.rpc_signatures = tuple(signatures or ()) or \
            tuple(self._hinted_signatures())
        self._required = sum(not p.optional for p in self.parameters)

    # Documentation

    @property
    def only_reads(self):
        """Whether no call changes anything; what a multicall holds may."""
        return self.read_only and self.name != 'system.multicall'

    @property
    def namespace_description(self):
        return Docstring(self.provider).text

    @property
    def description(self):
        return self._docstring.text

    @property
    def summary(self):
        """The first sentence of the description."""
        return self._docstring.summary

    @property
    def deprecated(self):
        """Whether the description says so, see `docstring`."""
        return self._docstring.deprecated

    @property
    def faults(self):
        """What the description says of faults."""
        return self._docstring.faults

    @property
    def result_description(self):
        """What the description says of the result."""
        return self._docstring.result

    @property
    def result_text(self):
        """The type of the result in one line."""
        return text(self.hint)

    @property
    def result_schema(self):
        """The JSON Schema of the result."""
        return schema(self.hint)

    @cached_property
    def signature(self):
        """The signature as clients read it in `system.methodHelp`."""
        types = max(map(_type_names, self.rpc_signatures), key=len,
                    default=[])
        parts = []
        for parameter, kind in zip(self.parameters,
                                   types[1:] + [''] * len(self.parameters)):
            text = ('%s %s' % (kind, parameter.name)).strip()
            if parameter.default_text:
                text += '=' + parameter.default_text
            parts.append(text)
        return '%s %s(%s)' % (types[0] if types else 'int', self.name,
                              ', '.join(parts))

    def xmlrpc_signatures(self):
        """The declared signatures: comma-joined names of types, the result's
        first."""
        return [','.join(_type_names(signature))
                for signature in self.rpc_signatures]

    # Calls

    def __call__(self, req, args=()):
        """Check the permission and the arguments, call, and return the result
        as the only element of a tuple.

        :param args: a sequence of arguments, or a dict of named ones
        """
        self.require(req)
        return (returned(self.callable(req, *self.bind(args))),)

    @property
    def is_batchable(self):
        """Whether several calls can be answered together."""
        return self._batch is not None

    def call_many(self, req, calls):
        """Answer several calls together: for each sequence of arguments what
        a call of its own returns, or the exception that it raises."""
        self.require(req)
        bound = self._completed_together(calls) or \
            [attempt(self._complete, args) for args in calls]
        good = [args for args in bound if not isinstance(args, Exception)]
        results = list(self._batch(req, good)) \
            if self._batch and good else []
        if len(results) != len(good):
            raise ValueError("the batch of %s is incomplete" % self.name)
        remaining = iter(results)
        return [args if isinstance(args, Exception) else
                _as_answer(next(remaining)) for args in bound]

    def is_allowed(self, req):
        """Whether nothing but the call's own checks can refuse it."""
        token = _token(req)
        return (token is None or token.scope.allows(self)) and \
            (not self.permission or self.permission in req.perm)

    def require(self, req):
        """Refuse callers who may not call this: the scope of an access token
        leaves it out, or the permission is missing."""
        token = _token(req)
        if token is not None:
            token.require(self)
        if self.permission:
            req.perm.require(self.permission)

    def _completed_together(self, calls):
        """The arguments of calls that leave out none, argument by argument,
        which takes half the time; `None` if one is of another kind or
        wrong."""
        if self.variadic or not self.parameters or \
                set(map(type, calls)) != {list} or \
                set(map(len, calls)) != {len(self.parameters)}:
            return None
        try:
            columns = [map(parameter.convert, values) for parameter, values
                       in zip(self.parameters, zip(*calls))]
            return list(map(list, zip(*columns)))
        except ArgumentError:
            return None

    def _complete(self, args):
        """The arguments with the defaults of those that are left out."""
        bound = self.bind(args)
        for parameter in self.parameters[len(bound):]:
            bound.append(copy.copy(parameter.default))
        return bound

    def bind(self, args):
        """The function's arguments for what a client sent."""
        if isinstance(args, dict):
            args = self._by_position(args)
        if self.variadic:
            return list(args)
        if not self._required <= len(args) <= len(self.parameters):
            raise self._wrong_count(len(args))
        return [parameter.convert(value)
                for parameter, value in zip(self.parameters, args)]

    def _by_position(self, named):
        known = [parameter.name for parameter in self.parameters]
        for name in named:
            if name not in known:
                raise ArgumentError('Unknown argument "%s": %s takes %s'
                                    % (name, self.name,
                                       ', '.join(known) or 'no arguments'))
        args = []
        for parameter in self.parameters:
            if parameter.name in named:
                args.append(named[parameter.name])
            elif parameter.optional:
                args.append(None)
            else:
                raise ArgumentError('Missing argument %d ("%s") of %s'
                                    % (parameter.position, parameter.name,
                                       self.name))
        return args

    def _wrong_count(self, given):
        """The exception for a wrong number of arguments, in Python's wording,
        which clients know and in which `self` and `req` count, and a plainer
        one."""
        hidden = 1 + inspect.ismethod(self.callable)
        function = getattr(self.callable, '__qualname__', self.name) \
            .rpartition('<locals>.')[2]
        required, most = self._required, len(self.parameters)
        if given < required:
            missing = [repr(p.name) for p in self.parameters[given:required]]
            wording = 'missing %d required positional argument%s: %s' % (
                len(missing), 's' if missing[1:] else '', _and(missing))
        else:
            takes = str(most + hidden) if required == most else \
                'from %d to %d' % (required + hidden, most + hidden)
            wording = 'takes %s positional argument%s but %d were given' % (
                takes, '' if takes == '1' else 's', given + hidden)
        plain = '%s takes %s, %d given' % (self.name, _range(required, most),
                                           given)
        return ArgumentError('%s() %s (%s)' % (function, wording, plain),
                             plain)

    # Declarations

    def _read_parameters(self, signatures):
        self.variadic = False
        try:
            found = list(inspect.signature(self.callable).parameters.values())
        except (TypeError, ValueError):  # built-in functions
            self.variadic = True
            return []
        parameters = []
        for position, parameter in enumerate(found[1:], 1):
            if parameter.kind in (parameter.VAR_POSITIONAL,
                                  parameter.VAR_KEYWORD):
                self.variadic = True
            elif parameter.kind is not parameter.KEYWORD_ONLY:
                parameters.append(Parameter(
                    parameter.name, position,
                    self._types_of(parameter.name, position, signatures),
                    parameter.default,
                    self._hint_of(parameter.name, position, signatures),
                    self._docstring))
        return parameters

    def _types_of(self, name, position, signatures):
        if name in self._hints:
            return members(self._hints[name])
        if not self.checked:
            return ()
        types = []
        for signature in signatures or ():
            signature = _as_tuple(signature)
            if len(signature) > position:
                declared = members(signature[position])
                if not declared:
                    return ()
                types.extend(declared)
        return tuple(dict.fromkeys(types))

    def _hint_of(self, name, position, signatures):
        """The type hint of an argument, or of the result at position 0; of
        older methods, for what they declare."""
        if name in self._hints:
            return self._hints[name]
        declared = [_as_tuple(signature) for signature in signatures or ()]
        types = [signature[position] for signature in declared
                 if len(signature) > position]
        return either(types) if types and all(map(members, types)) \
            else typing.Any

    def _result_hint(self, signatures):
        """The type hint of the result, for which nil is the number 0."""
        plain, has_nil = without_nil(self._hint_of('return', 0, signatures))
        zero = typing.Literal[0]
        if not has_nil:
            return plain
        return zero if plain is None else either([plain, zero])

    def _hinted_signatures(self):
        """A signature for each number of optional arguments."""
        if not self._hints:
            return
        result = self._hints.get('return')
        types = [self._hints.get(p.name) for p in self.parameters]
        required = sum(not p.optional for p in self.parameters)
        for count in range(required, len(types) + 1):
            yield (result,) + tuple(types[:count])


def attempt(function, *args):
    """What the function returns, or the exception that it raises because of
    a client's mistake; for batches, where each call has its own."""
    try:
        return function(*args)
    except Exception as e:
        if not is_clients_mistake(e):
            raise
        return e


def single(outcomes):
    """The only outcome of a batch of one call: returned, or raised."""
    outcome, = outcomes
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _token(req):
    """The access token that came with a request, if one did."""
    # Trac's requests take their time to find out what they do not have
    return getattr(req, '__dict__', {}).get('rpc_token')


def _as_answer(result):
    return result if isinstance(result, Exception) else (returned(result),)


def _type_hints(function):
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # hints that name nothing, or no function at all
        return {}
    return {name: hint if isinstance(hint, abc.Hashable) else typing.Any
            for name, hint in hints.items()}


def _as_tuple(signature):
    return tuple(signature) if isinstance(signature, (list, tuple)) \
        else (signature,)


def _type_names(signature):
    return [type_name(kind) for kind in _as_tuple(signature)]


def _and(names):
    if len(names) > 2:
        return '%s, and %s' % (', '.join(names[:-1]), names[-1])
    return ' and '.join(names)


def _range(required, most):
    if most == 0:
        return 'no arguments'
    if required != most:
        return '%d to %d arguments' % (required, most)
    return '%d argument%s' % (most, '' if most == 1 else 's')

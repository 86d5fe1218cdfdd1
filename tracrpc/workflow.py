# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""The workflow of a ticket: its actions, their controls and hints, and the
action that leads to a status.
"""

from typing import List, NamedTuple, Optional

from trac.ticket.api import TicketSystem

from tracrpc.values import plain_text

#: Controls of an action that are longer than this are not read.
MAX_CONTROLS_SIZE = 1 << 18

# Inputs of a form that a browser does not send.
_BUTTONS = ('submit', 'button', 'image', 'reset', 'file')


class Control(NamedTuple):
    """An `<input>` or `<select>`; `sent` is what a browser sends for it if
    the user does not touch it, `None` if that is nothing."""
    name: str
    value: str
    options: List[str]
    sent: Optional[str]


class Workflow:
    """The workflow of one ticket as one caller sees it.

    The actions are those of the ticket as it is stored; `req.args` hold the
    values of their inputs.
    """

    def __init__(self, env, req, ticket):
        self.env = env
        self.log = env.log
        self.req = req
        self.ticket = ticket
        self.system = TicketSystem(env)
        self._contributions = None

    def actions(self):
        """The names of the available actions, in Trac's order."""
        return self.system.get_available_actions(self.req, self.ticket)

    def controllers(self, action):
        """The controllers that contribute to an action."""
        if self._contributions is None:
            self._contributions = [
                (controller, [name for weight, name in
                              controller.get_ticket_actions(
                                  self.req, self.ticket) or []])
                for controller in self.system.action_controllers]
        return [controller for controller, names in self._contributions
                if action in names]

    def described(self):
        """A list `[action, label, hints, controls]` for each action."""
        return [self._described(action) for action in self.actions()]

    def controls(self, action):
        """The controls of an action."""
        return self._read_controls(action, [
            control for label, control, hint in self._rendered(action)])

    def fill_inputs(self, action):
        """Give the inputs that the client left out the values that the form
        shows, as a browser would."""
        for control in self.controls(action):
            if control.sent is not None:
                self.req.args.setdefault(control.name, control.sent)

    def answer_owner(self, action, owner):
        """Answer the input for a new owner that an action of Trac's own
        workflow may have."""
        self.req.args['action_%s_reassign_owner' % action] = owner or ''

    def outcome(self, action):
        """The fields that an action changes, and their new values."""
        outcome = {}
        for controller in self.controllers(action):
            outcome.update(controller.get_ticket_changes(
                self.req, self.ticket, action) or {})
        return {name: value for name, value in outcome.items()
                if (value or '') != (self.ticket[name] or '')}

    def keeping_everything(self):
        """An available action that changes nothing, or `None`."""
        for action in sorted(self.actions(),
                             key=lambda action: action != 'leave'):
            self._answer_inputs(action)
            if not self.outcome(action):
                return action
        return None

    def leading_to(self, status, resolution=None, owner=None):
        """An available action that leads to the status, and to the resolution
        unless that is `None`; `None` if there is none.

        Preferred are those that leave the owner alone or give the ticket the
        `owner` asked for, and those whose form offers the resolution.
        """
        found = []
        for action in self.actions():
            self._answer_inputs(action, resolution, owner)
            outcome = self.outcome(action)
            if outcome.get('status', self.ticket['status']) != status:
                continue
            if resolution is not None and resolution != (outcome.get(
                    'resolution', self.ticket['resolution']) or ''):
                continue
            found.append((outcome.get('owner', owner) != owner, action))
        if len(found) > 1 and resolution:
            # min() takes the first of those that are equally good
            return min(found, key=lambda each: (each[0], not self._offers(
                each[1], resolution)))[1]
        return min(found, key=lambda each: each[0])[1] if found else None

    def destinations(self):
        """The available actions and where they lead, as a text."""
        return ', '.join(
            '%s (%s)' % (action, self.outcome(action).get(
                'status', self.ticket['status']))
            for action in self.actions()) or 'none'

    # Internal methods

    def _answer_inputs(self, action, resolution=None, owner=None):
        """Answer the inputs of Trac's own workflow for an action that the
        client did not name."""
        if resolution is not None:
            self.req.args['action_%s_resolve_resolution' % action] = \
                resolution
        self.answer_owner(action, self.ticket['owner'] if owner is None
                          else owner)

    def _offers(self, action, resolution):
        name = 'action_%s_resolve_resolution' % action
        return any(resolution in (control.options or [control.value])
                   for control in self.controls(action)
                   if control.name == name)

    def _rendered(self, action):
        """`(label, control, hint)` of each controller of an action."""
        return [controller.render_ticket_action_control(
                    self.req, self.ticket, action)
                for controller in self.controllers(action)]

    def _described(self, action):
        rendered = self._rendered(action)
        hints = [plain_text(hint).strip().rstrip('.')
                 for label, control, hint in rendered]
        controls = self._read_controls(action, [control for label, control,
                                                hint in rendered])
        return [action, plain_text(rendered[0][0]) if rendered else action,
                ' '.join(hint + '.' for hint in hints if hint),
                [[control.name, control.value, control.options]
                 for control in controls]]

    def _read_controls(self, action, markups):
        html = ''.join(str(markup) for markup in markups if markup)
        if '<' not in html:
            return []
        if len(html) > MAX_CONTROLS_SIZE:
            self.log.warning("The controls of the workflow action %r are left "
                             "out: %d characters are too many to read",
                             action, len(html))
            return []
        return read_controls(html)


def read_controls(html):
    """The named `<input>`s and `<select>`s in some HTML, as `Control`s."""
    from genshi.core import END, START, TEXT
    from genshi.input import HTML

    reader = _ControlReader()
    for kind, data, _position in HTML(html):
        if kind is START:
            reader.start(data[0].localname, data[1])
        elif kind is END:
            reader.end(data.localname)
        elif kind is TEXT:
            reader.text(data)
    return reader.controls


class _ControlReader:
    """Collects the controls from the events of a parser."""

    def __init__(self):
        self.controls = []
        self._select = None   # attributes of the open <select>
        self._options = []    # [value or None, text, selected] of each

    def start(self, tag, attrs):
        if tag == 'input':
            self._input(attrs)
        elif tag == 'select':
            self._select, self._options = attrs, []
        elif tag == 'option' and self._select is not None:
            self._options.append([attrs.get('value'), '',
                                  'selected' in attrs])

    def text(self, text):
        if self._options:
            self._options[-1][1] += text

    def end(self, tag):
        if tag == 'select' and self._select is not None:
            values = [text.strip() if value is None else value
                      for value, text, selected in self._options]
            chosen = [value for value, option in zip(values, self._options)
                      if option[2]]
            self._add(self._select, chosen[0] if chosen else '', values,
                      (chosen or values or [None])[0])
            self._select, self._options = None, []

    def _input(self, attrs):
        kind = (attrs.get('type') or 'text').lower()
        value = attrs.get('value') or ''
        sent = value
        if kind in ('checkbox', 'radio'):
            sent = (value or 'on') if 'checked' in attrs else None
        elif kind in _BUTTONS:
            sent = None
        self._add(attrs, value, [], sent)

    def _add(self, attrs, value, options, sent):
        if attrs.get('name'):
            self.controls.append(Control(
                attrs.get('name'), value, options,
                None if 'disabled' in attrs else sent))

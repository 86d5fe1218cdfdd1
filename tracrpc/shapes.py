# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Shapes: the arrays and structs that methods take and return, for their type
hints (see `schema`). They are declared here and nowhere else.
"""

from datetime import datetime
from typing import Any, List, Literal, Optional, Union

from tracrpc.schema import Row, Struct, give_name, member

#: A date, or what stands for one that is not set.
Date = Union[datetime, Literal[0]]

#: A date to set, or what clears it.
NewDate = Union[datetime, str, Literal[0], None]

#: The value that a ticket's field is given.
FieldValue = Union[str, int, float, bool, datetime, None]

give_name(FieldValue, 'FieldValue',
          "The value that a ticket's field is given: a text, or what is "
          "stored as one; a boolean for a checkbox, a date for a time field, "
          "nil for an empty one")


# system

class Call(Struct, others=Any):
    """A call in a multicall."""

    methodName: str = member("the method's full name")
    params: List[Any] = member("its arguments")


class Fault(Struct):
    """A call in a multicall that failed, over XML-RPC."""

    faultCode: int = member("403 no permission, 404 not found, -32601 no such "
                            "method, else 1")
    faultString: str = member("what went wrong")


class Error(Struct):
    """A call in a multicall that failed, over JSON-RPC 2.0."""

    code: int = member("one of the codes of errors")
    message: str = member("what went wrong")
    data: dict = member("a word for it, the familiar code and more")


class ApiVersion(Row):
    """A version of the API."""

    major: int = member("another one may break clients")
    minor: int = member("another one adds something for clients")
    patch: int = member("another one corrects errors")


class Specification(Struct):
    """A specification that the server keeps."""

    specUrl: str = member("where it is to be read")
    specVersion: int = member("its version")


class Token(Struct):
    """The access token that a call came with."""

    name: str = member("its name")
    scope: str = member("what it may be used for")
    expires: Date = member("when it expires; 0 if it does not")


class Caller(Struct):
    """Who calls."""

    username: str = member("\"anonymous\" if nobody is logged in")
    authenticated_by: Literal['anonymous', 'server', 'session', 'password',
                              'token'] = member("how that is known")
    permissions: List[str] = member("the actions on the site as a whole")
    token: Token = member("if the call came with one", optional=True)


# ticket

class TicketFields(Struct, others=Union[str, datetime, None]):
    """The fields of a ticket by name, custom ones among them; those that the
    site does not use are missing."""

    summary: str = member("the title")
    reporter: str = member("who reported it")
    owner: str = member("who works on it")
    description: str = member("its text, in wiki format")
    type: str = member("its type, such as \"defect\"", optional=True)
    status: str = member("its state in the workflow", optional=True)
    priority: str = member("its priority", optional=True)
    severity: str = member("its severity", optional=True)
    milestone: str = member("the milestone it is planned for", optional=True)
    component: str = member("the component it is about", optional=True)
    version: str = member("the version it is about", optional=True)
    resolution: str = member("how it was resolved", optional=True)
    keywords: str = member("words separated by blanks or commas")
    cc: str = member("who else is told of changes")
    time: datetime = member("when it was created")
    changetime: datetime = member("when it was last changed")
    _ts: str = member("a token for this state of the ticket, which guards "
                      "updates")


class Ticket(Row):
    """A ticket."""

    id: int = member("its number")
    time: datetime = member("when it was created")
    changetime: datetime = member("when it was last changed")
    attributes: TicketFields = member("its fields")


class _NewFields(Struct, others=FieldValue):

    summary: FieldValue = member("the title", optional=True)
    reporter: FieldValue = member("who reported it", optional=True)
    owner: FieldValue = member("who works on it", optional=True)
    description: FieldValue = member("its text, in wiki format", optional=True)
    type: FieldValue = member("its type", optional=True)
    priority: FieldValue = member("its priority", optional=True)
    severity: FieldValue = member("its severity", optional=True)
    milestone: FieldValue = member("the milestone it is planned for",
                                   optional=True)
    component: FieldValue = member("the component it is about", optional=True)
    version: FieldValue = member("the version it is about", optional=True)
    keywords: FieldValue = member("words separated by blanks or commas",
                                  optional=True)
    cc: FieldValue = member("who else is told of changes", optional=True)
    action: str = member("the action of the workflow to take; its inputs are "
                         "further members", optional=True)


class NewTicketFields(_NewFields):
    """The fields of a new ticket by name, custom ones among them."""


class TicketChanges(_NewFields):
    """The fields of a ticket to change by name, custom ones among them."""

    status: FieldValue = member("another state to lead the ticket to",
                                optional=True)
    resolution: FieldValue = member("how it was resolved", optional=True)
    _ts: Union[str, int] = member("the token of the state that the changes "
                                  "are for", optional=True)


class ActionInput(Row):
    """An input of an action of the workflow."""

    name: str = member("the member of the attributes to give it in")
    value: str = member("the value that is preselected")
    options: List[str] = member("the values to choose from; none if any text "
                                "will do")


class Action(Row):
    """An action of the workflow that can be taken on a ticket."""

    action: str = member("its name")
    label: str = member("its name on the page")
    hints: str = member("what it does")
    inputs: List[ActionInput] = member("what it has to be told")


class Change(Row):
    """A changed field in the history of a ticket."""

    time: datetime = member("when it was changed")
    author: str = member("who changed it")
    field: str = member("the field's name, `comment` or `attachment`")
    oldvalue: Union[str, datetime] = member("its value before; of a comment, "
                                            "its number")
    newvalue: Union[str, datetime] = member("its value then; of a comment, "
                                            "its text")
    permanent: Literal[0, 1] = member("0 for attachments")


class TicketAttachment(Row):
    """An attachment of a ticket."""

    filename: str = member("its name")
    description: str = member("what it is about")
    size: int = member("in bytes")
    time: datetime = member("when it was attached")
    author: str = member("who attached it")


class TicketField(Struct, others=Any):
    """The definition of a field of tickets."""

    name: str = member("its name")
    type: str = member("how it is edited: `text`, `textarea`, `select`, "
                       "`radio`, `checkbox` or `time`")
    label: str = member("its name on the page")
    value: Optional[str] = member("the default", optional=True)
    options: List[str] = member("the values to choose from", optional=True)
    optional: bool = member("whether it may be empty", optional=True)
    custom: bool = member("whether the site defines it", optional=True)
    order: int = member("where custom fields are placed", optional=True)
    format: str = member("how its value is to be shown", optional=True)
    max_size: int = member("how many characters it may have", optional=True)
    height: int = member("of a text area, in rows", optional=True)


# ticket.*

class Component(Struct):
    """A component that tickets are about."""

    name: str = member("its name")
    owner: str = member("who is responsible for it")
    description: str = member("in wiki format")


class ComponentChanges(Struct, others=Any):
    """What to give a component."""

    name: str = member("its name", optional=True)
    owner: str = member("who is responsible for it", optional=True)
    description: str = member("in wiki format", optional=True)


class Version(Struct):
    """A version that tickets are about."""

    name: str = member("its name")
    time: Date = member("when it was released; 0 if that is not set")
    description: str = member("in wiki format")


class VersionChanges(Struct, others=Any):
    """What to give a version."""

    name: str = member("its name", optional=True)
    time: NewDate = member("when it was released; 0, an empty string or nil "
                           "for no date", optional=True)
    description: str = member("in wiki format", optional=True)


class Milestone(Struct):
    """A milestone that tickets are planned for."""

    name: str = member("its name")
    due: Date = member("when it is due; 0 if that is not set")
    completed: Date = member("when it was completed; 0 if it was not")
    description: str = member("in wiki format")


class MilestoneChanges(Struct, others=Any):
    """What to give a milestone."""

    name: str = member("its name", optional=True)
    due: NewDate = member("when it is due; 0, an empty string or nil for no "
                          "date", optional=True)
    completed: NewDate = member("when it was completed; 0, an empty string "
                                "or nil if it was not", optional=True)
    description: str = member("in wiki format", optional=True)


# wiki

class PageInfo(Struct):
    """Who saved a version of a page, and when."""

    name: str = member("the page's name")
    lastModified: datetime = member("when the version was saved")
    author: str = member("who saved it")
    version: int = member("its number")
    comment: Optional[str] = member("what was changed")


class PageAttributes(Struct, others=Any):
    """What goes with a new version of a page."""

    comment: Optional[str] = member("what was changed", optional=True)
    version: int = member("the version that the text was made from; 0 for a "
                          "page that did not exist", optional=True)
    readonly: bool = member("whether the page is locked", optional=True)
    author: Optional[str] = member("who is named as the author",
                                   optional=True)


class PageLink(Struct):
    """A link on a page."""

    page: str = member("the page that it leads to; the link itself if it "
                       "leads elsewhere")
    type: Literal['local', 'external'] = member("whether it leads to a page "
                                                "of this wiki")
    href: str = member("the link")


class PageAttachment(Struct):
    """An attachment of a page."""

    name: str = member("the file's name")
    lastModified: Date = member("when it was attached; 0 if there is none")
    size: int = member("in bytes")
    author: str = member("who attached it")
    description: str = member("what it is about")


# search

class SearchFilter(Row):
    """Something that can be searched."""

    id: str = member("its name in a search")
    label: str = member("its name on the page")


class SearchResult(Row):
    """Something that was found."""

    href: str = member("its complete address")
    title: str = member("its title, which may hold HTML")
    date: datetime = member("when it was last changed")
    author: Optional[str] = member("who made it")
    excerpt: str = member("a part of its text")

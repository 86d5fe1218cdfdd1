# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""`Docstring`: what the docstring of an exposed method tells, by its parts.

* The first sentence is the summary.
* What an argument means is the sentence that first names it in backticks, as
  far as it is about that argument: "`id` is the ticket's number."
* What comes back is what follows the word "Returns", up to "Needs" or to the
  end of the paragraph.
* Faults are the paragraph that begins with "Faults:".
* A paragraph that begins with "Deprecated" marks the method as deprecated.

Any of them may be missing.
"""

import inspect
import re
from functools import cached_property

#: A sentence; dots inside of backticks do not end it.
_SENTENCE = re.compile(r'(?:`[^`]*`|[^`.]|`|\.(?!\s|$))+\.?')


class Docstring:
    """The documentation of a function.

    :param arguments: the names of its arguments
    """

    def __init__(self, function, arguments=()):
        self._function = function
        self.arguments = arguments

    @cached_property
    def text(self):
        """All of it; empty if it cannot be had."""
        try:
            return inspect.getdoc(self._function) or ''
        except Exception:
            return ''

    @cached_property
    def summary(self):
        """The first sentence."""
        return self._sentences[0][0] if self._sentences else ''

    @cached_property
    def deprecated(self):
        """Whether the method should not be used any more."""
        return any(re.match(r'\W*deprecated\b', ' '.join(sentences), re.I)
                   for sentences in self._sentences)

    @cached_property
    def result(self):
        """What the method returns, in words."""
        for sentences in self._sentences:
            for index, sentence in enumerate(sentences):
                if sentence.startswith('Returns '):
                    return _capitalized(' '.join(
                        _until_needs(sentences[index:]))[len('Returns '):])
        return ''

    @cached_property
    def faults(self):
        """What the method objects to."""
        for sentences in self._sentences:
            if sentences[0].startswith('Faults:'):
                return ' '.join(sentences)[len('Faults:'):].strip()
        return ''

    def argument(self, name):
        """What an argument means."""
        quoted = '`%s`' % name
        for sentences in self._sentences:
            for sentence in sentences:
                if quoted in sentence:
                    return _about(sentence, quoted, self.arguments)
        return ''

    # Internal methods

    @cached_property
    def _sentences(self):
        """The sentences of each paragraph, each in one line; those of lists
        belong to nothing."""
        found = []
        for paragraph in re.split(r'\n\s*\n|\n(?= *\* )', self.text):
            flowed = ' '.join(paragraph.split())
            sentences = [each.strip() for each in _SENTENCE.findall(flowed)]
            if sentences and any(sentences):
                found.append([each for each in sentences if each])
        return found


def _until_needs(sentences):
    for index, sentence in enumerate(sentences):
        if sentence.startswith('Needs '):
            return sentences[:index]
    return sentences


def _about(sentence, quoted, arguments):
    """The part of a sentence that is about one of the arguments, without its
    name."""
    start = sentence.index(quoted)
    before, sentence = sentence[:start], sentence[start:]
    for other in arguments:
        # where a clause about another one begins: "..., `other` the size"
        sentence = re.split(r'(?:[,;]|[,;]? and) `%s` (?=\w)'
                            % re.escape(other), sentence)[0]
    if before and not before.endswith((', ', '; ')):
        return _capitalized(before + sentence)
    sentence = re.sub(r'^%s( is)? ?' % re.escape(quoted), '', sentence)
    return _capitalized(sentence)


def _capitalized(text):
    text = text.strip().rstrip(':;,.')
    return text[:1].upper() + text[1:] + '.' if text else ''

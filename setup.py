# -*- coding: utf-8 -*-
#
# Copyright (C) 2026 the TracXMLRPC developers
# All rights reserved.
#
# This software is licensed as described in the file LICENSE, which
# you should have received as part of this distribution.

"""Metadata of the distribution TracXMLRPC.

It lives here and not in `pyproject.toml` because the setuptools of
Python 3.8 and the newest one disagree on how a license is written there.
"""

import glob
import os
import re

from setuptools import setup

HERE = os.path.dirname(os.path.abspath(__file__))

# One entry for each module that defines components.
PLUGIN_MODULES = [
    'tracrpc.api',
    'tracrpc.web_ui',
    'tracrpc.xml_rpc',
    'tracrpc.json_rpc',
    'tracrpc.ticket',
    'tracrpc.wiki',
    'tracrpc.search',
    'tracrpc.tokens',
    'tracrpc.accounts',
    'tracrpc.login',
    'tracrpc.token_admin',
    'tracrpc.token_web',
    'tracrpc.openrpc',
]

SERVERS = ['gunicorn', 'waitress', 'pyuwsgi; '  # where there are wheels
           'sys_platform == "linux" and python_version < "3.14"']
TEST = ['pytest>=7', 'pytest-cov', 'pytest-xdist', 'hypothesis', 'build',
        'jsonschema', 'psycopg2-binary', 'PyMySQL', 'jsonrpclib-pelix',
        'jsonrpcclient', 'twine'] + SERVERS
ACCOUNTS = ['TracAccountManager>=0.6',
            'passlib; python_version >= "3.13"']  # which has no crypt
LINT = ['ruff>=0.6', 'mypy>=1.11']
BENCH = ['Babel', 'gunicorn', 'psycopg2-binary']
I18N = ['Babel']
SPEED = ['orjson>=3.9; platform_python_implementation == "CPython"']
BROWSER = ['playwright', 'axe-playwright-python']


def read(*path):
    with open(os.path.join(HERE, *path), encoding='utf-8') as f:
        return f.read()


def version():
    """The version in `tracrpc/__init__.py`, read without importing Trac."""
    match = re.search(r"^__version__ = '([^']+)'",
                      read('tracrpc', '__init__.py'), re.M)
    assert match
    return match.group(1)


def compile_catalogs():
    """Compile the translations, beside their sources."""
    try:
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po
    except ImportError:
        return  # pip installs Babel for the build, see pyproject.toml
    for source in glob.glob(os.path.join(HERE, 'tracrpc', 'locale', '*',
                                         'LC_MESSAGES', '*.po')):
        with open(source, 'rb') as po, open(source[:-2] + 'mo', 'wb') as mo:
            write_mo(mo, read_po(po))


compile_catalogs()
setup(
    name='TracXMLRPC',
    version=version(),
    description='XML-RPC and JSON-RPC interface to Trac',
    long_description=read('README.md'),
    long_description_content_type='text/markdown',
    author='the TracXMLRPC developers',
    license='BSD-3-Clause',
    license_files=['LICENSE'],
    keywords='trac plugin rpc xml-rpc json-rpc api',
    classifiers=[
        'Development Status :: 5 - Production/Stable',
        'Environment :: Plugins',
        'Environment :: Web Environment',
        'Framework :: Trac',
        'Intended Audience :: Developers',
        'Intended Audience :: System Administrators',
        'Operating System :: OS Independent',
        'Programming Language :: Python :: 3',
        'Programming Language :: Python :: 3.8',
        'Programming Language :: Python :: 3.9',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Programming Language :: Python :: 3.13',
        'Topic :: Internet :: WWW/HTTP :: WSGI :: Application',
        'Topic :: Software Development :: Bug Tracking',
    ],
    python_requires='>=3.8',
    packages=['tracrpc', 'tracrpc.tests'],
    package_data={
        'tracrpc': [
            'py.typed',
            'templates/*.html',
            'htdocs/*',
            'htdocs/**/*',
            'locale/*.pot',
            'locale/*/LC_MESSAGES/*.mo',
        ],
        'tracrpc.tests': ['data/*', 'data/**/*'],
    },
    # Trac leaves out a plugin with one unmet requirement, so these are few.
    # Trac 1.6 imports pkg_resources, which setuptools 82 no longer has.
    install_requires=[
        'Trac>=1.6',
        'Genshi>=0.7.7',
        'setuptools<82',
    ],
    extras_require={
        'i18n': I18N,
        'speed': SPEED,
        'bench': BENCH,
        'test': TEST + I18N + SPEED + ACCOUNTS,
        'test-bare': TEST,
        'lint': LINT,
        'browser': BROWSER,
        'dev': TEST + LINT + I18N + SPEED + ACCOUNTS,
    },
    entry_points={
        'trac.plugins': ['%s = %s' % (m, m) for m in PLUGIN_MODULES],
    },
    zip_safe=False,
)

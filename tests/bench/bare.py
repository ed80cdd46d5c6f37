# SPDX-License-Identifier: GPL-3.0-or-later
"""What anybody would write first: a fedora-messaging callback that inserts what it is given."""

import json
import os

import psycopg
from fedora_messaging.message import Message

INSERT = "insert into bare values (%s, %s) on conflict do nothing"

connection = psycopg.connect(os.environ["EBS_TEST_BARE"], autocommit=True)


def callback(message: Message) -> None:
    """Keep it."""
    connection.execute(INSERT, (message.id, json.dumps(message.body)))

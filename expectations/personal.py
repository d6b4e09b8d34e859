"""Which columns say who somebody is, where they live or what they use: their values are not for logs and messages.

Prefect keeps messages, logs, events and artifacts, and shows them to whoever reads its pages. There the place of such
a value is named, and what is wrong with it. The value itself stays in the warehouse and in Data Docs. Numbers of users
and sessions are shown, for nobody could find a row without them.
"""

PERSONAL = frozenset(
    {"firstname", "first_name", "lastname", "last_name", "gender", "location", "useragent", "user_agent"}
)
"""The names of these columns, in staging as in the star."""

"""What the parameters of the flows accept, as the forms of the Prefect UI show and check it.

The server refuses a wrong value before a run starts. On the command line the tasks refuse it, in words of their own.
"""

from typing import Annotated

from pydantic import Field

WarehouseName = Annotated[
    str,
    Field(
        description="`local`, the embedded PostgreSQL, or a saved block such as `redshift-cluster/prod`.",
        json_schema_extra={
            "pattern": r"^(local|redshift-(cluster|serverless)/[a-z0-9-]+)$",
            "examples": ["local", "redshift-cluster/prod", "redshift-serverless/prod"],
        },
    ),
]
BlockName = Annotated[
    str,
    Field(
        description="A saved block, such as `redshift-cluster/prod`.",
        json_schema_extra={
            "pattern": r"^redshift-(cluster|serverless)/[a-z0-9-]+$",
            "examples": ["redshift-cluster/prod", "redshift-serverless/prod"],
        },
    ),
]
LakeUrl = Annotated[
    str,
    Field(
        json_schema_extra={
            "pattern": r"^(s3://[a-z0-9][a-z0-9.-]+[a-z0-9](/.*)?|file:///.+|[./~].*|[^:]+)$",
            "examples": ["s3://my-lake/log_data", "file:///srv/lake/log_data"],
        }
    ),
]
Share = Annotated[float, Field(ge=0, le=0.5)]
Runs = Annotated[int, Field(ge=1)]

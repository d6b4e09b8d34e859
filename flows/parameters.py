"""What the parameters of the flows accept, as the forms of the Prefect UI show and check it.

The server refuses a wrong value before a run starts, and so does the command line, in words of its own.
"""

from typing import Annotated

from pydantic import Field

from warehouse.names import BLOCK_NAME

WarehouseName = Annotated[
    str,
    Field(
        description="`local`, the embedded PostgreSQL, or a saved block such as `redshift-cluster/prod`.",
        json_schema_extra={
            "pattern": f"^(local|{BLOCK_NAME})$",
            "examples": ["local", "redshift-cluster/prod", "redshift-serverless/prod"],
        },
    ),
]
BlockName = Annotated[
    str,
    Field(
        description="A saved block, such as `redshift-cluster/prod`.",
        json_schema_extra={
            "pattern": f"^{BLOCK_NAME}$",
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

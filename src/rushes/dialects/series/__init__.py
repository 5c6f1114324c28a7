"""The series dialect: the Videos model series (`videos`, `videos_fast`) of docs.xingchaoyiqing.com."""

from rushes.dialects.series.api import series

__all__ = ["series"]

"""LangChain's PGVector."""

import os

from langchain_core.embeddings import FakeEmbeddings
from langchain_postgres import PGVector

PGVector(embeddings=FakeEmbeddings(size=2), connection=os.environ["SQLALCHEMY_URL"], collection_name="documents")

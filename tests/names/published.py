"""`python -m tests.names.published [NAME ...]`: the linter over published applications, which are only unpacked.

Every finding with the line it points to goes into PUBLISHED.txt; what was found out about them is in REVIEW.md. The
exit code is 1 when linting raised an exception.
"""

from __future__ import annotations

import linecache
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from alembic_guard import lint_models
from alembic_guard._lint.findings import models
from alembic_guard._lint.project import Project, python_files
from tests.histories.no_crash import unpacked

PACKAGES = (
    "optuna==5.0.0",
    "ihatemoney==7.2.1",
    "mlflow-skinny==3.17.2",
    "prefect==3.8.6",
    "dagster==1.13.28",
    "apache-airflow-core==3.3.2",
    "apache-superset==6.1.0",
    "keystone==30.0.0",
    "zenml==0.98.0",
    "open-webui==0.12.4",
    "langflow-base==1.13.0",
    "jupyterhub==6.1.1",
    "aiida-core==2.9.4",
    "galaxy-data==26.1.2",
    "arize-phoenix==20.26.1",
)
RESULTS = Path(__file__).with_name("PUBLISHED.txt")


def models_in(root: Path) -> tuple[int, int, int]:
    """How much the linter has read: models with what they inherit from, their attributes, and tables made by calls."""
    project = Project()
    modules = [each for path in python_files([root]) if (each := project.read(path)) is not None]
    classes = [each for each, _ in models(project, modules)]
    return len(classes), sum(len(each.attributes) for each in classes), sum(len(each.tables) for each in modules)


def main(names: Sequence[str]) -> int:
    lines, failed = [], 0
    for requirement in (each for each in PACKAGES if not names or each.partition("==")[0] in names):
        with tempfile.TemporaryDirectory(prefix="names-") as name:
            root = unpacked(requirement, Path(name)).resolve()
            files, clock = len(list(root.rglob("*.py"))), time.perf_counter()
            try:
                found = lint_models([root])
            except Exception:  # noqa: BLE001 - what this looks for
                traceback.print_exc()
                failed += 1
                continue
            seconds = time.perf_counter() - clock
            counts = ", ".join(f"{code} {count}" for code, count in sorted(Counter(f.code for f in found).items()))
            seen = "{} files, {} models with {} attributes, {} tables by call".format(files, *models_in(root))
            lines.append(f"\n{requirement}: {seen}; {seconds:.1f} s; {counts or 'no findings'}")
            for each in found:
                path, line = str(each.location.path), each.location.line or 0
                text = linecache.getline(path, line).strip()
                shown = path.removeprefix(str(root) + "/")
                lines.append(f"{each.code} {each.location.object} {shown}:{line}: {text[:100]}")
                if each.code in ("AGN105", "AGN115"):
                    lines.append(f"       {each.message}")
            print(lines[-len(found) - 1] if not found else f"{requirement} {counts}", flush=True)
    if not names:
        RESULTS.write_text("\n".join(lines).lstrip() + "\n", encoding="utf-8")
    else:
        print("\n".join(lines))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

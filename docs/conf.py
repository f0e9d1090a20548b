"""The documentation site: `make docs` builds it into `out/docs`; pages open from their files."""

from __future__ import annotations

import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tools"))

import site_pages  # noqa: E402

import corr  # noqa: E402

project = "breast-corr"
author = "The breast-corr developers"
version = release = corr.__version__
copyright = f"{author}; for research use only"

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "sphinx_design"]
exclude_patterns = ["**/.ipynb_checkpoints"]
nitpicky = True
# Types of other packages, and what a docstring calls a type in words, are no pages here.
nitpick_ignore_regex = [("py:.*", ".*")]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
numpydoc_class_members_toctree = False
numpydoc_show_inherited_class_members = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"

# Tutorials and gallery are run when they changed; a build that only checks turns this off.
nb_execution_mode = "cache"
nb_execution_cache_path = str(HERE.parent / "out" / "docs_cache")
nb_execution_timeout = 1800
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_ipywidgets_js = {}  # pages load nothing from elsewhere
nb_mime_priority_overrides = [("*", "application/vnd.jupyter.widget-view+json", None)]

html_theme = "pydata_sphinx_theme"
html_title = "breast-corr"
html_static_path = ["static"]
html_css_files, html_js_files = ["site.css"], ["site.js"]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {page: [] for page in ("index", "get_started", "gallery", "changelog")}
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
    "show_prev_next": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "footer_start": ["copyright"],
    "footer_end": [],
}


def quiet_cells(_app: object, page: nodes.document) -> None:
    """Fold the cells that check numbers; leave out those that only JupyterLab can show."""
    for cell in list(page.findall(nodes.container)):
        if "tag_check" in cell["classes"]:
            cell["hide_mode"] = "all"
            cell["prompt_show"], cell["prompt_hide"] = "Show the numbers", "Hide the numbers"
        elif "tag_hide" in cell["classes"]:
            cell.parent.remove(cell)


def as_on_the_site(_app: object, page: str, text: list[str]) -> None:
    """Change what is written for those who read the files into what the site shows."""
    change = site_pages.in_tutorial if page.startswith("tutorials/") else site_pages.on_page
    text[0] = change(text[0], page)


def setup(app: Sphinx) -> None:
    """Write the pages that follow from the package, before any is read."""
    site_pages.write(HERE)
    app.connect("source-read", as_on_the_site)
    app.connect("doctree-read", quiet_cells)

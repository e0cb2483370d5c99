"""导入本模块后，自己画的 plotly 图（包括 ``df.plot(backend="plotly")``）都用工作台的样式。

Importing it registers the plotly template ``cpaudit`` and makes it the default of this process; a figure with a template of
its own keeps that. ``cpaudit.style.TEMPLATE`` is its name.

>>> import cpaudit.style
>>> import plotly.graph_objects as go
>>> go.Figure(go.Bar(x=[1], y=["示例"])).layout.template.layout.paper_bgcolor
'#ffffff'
"""

from __future__ import annotations

import plotly.graph_objects as go
import plotly.io as pio

from cpaudit.views import theme

TEMPLATE = "cpaudit"

pio.templates[TEMPLATE] = go.layout.Template(theme.template())
pio.templates.default = TEMPLATE

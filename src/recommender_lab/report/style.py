"""How the page looks: one column on a phone, figures side by side on a wide screen."""

STYLE = """
*{box-sizing:border-box}
body{margin:0;background:#f6f8fa;color:#24292f;font:16px/1.45 system-ui,sans-serif}
header,main{max-width:1180px;margin:auto;padding:0 12px}
h1{font-size:1.5rem;margin:16px 0 8px}
h2{font-size:1.2rem;margin:28px 0 10px}
nav{display:flex;flex-wrap:wrap;gap:6px}
nav a,button{font:inherit;font-size:.875rem;background:#fff;color:#0b5cad;border:1px solid #d8dee4;border-radius:16px;
padding:5px 11px;text-decoration:none;cursor:pointer}
button[aria-pressed=true]{background:#0b5cad;color:#fff}
section{scroll-margin-top:8px}
.grid{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));align-items:start;
grid-auto-flow:dense}
.grid>.note,.grid>.tiles,.grid>.wide{grid-column:1/-1}
figure,.wide{margin:0;min-width:0;background:#fff;border:1px solid #d8dee4;border-radius:8px;padding:10px}
figcaption{font-weight:600;font-size:.95rem;margin-bottom:4px}
figure>svg,figure div>svg{display:block;width:100%;height:auto}
.note{color:#57606a;font-size:.85rem;margin:6px 0 0}
.key{display:flex;flex-wrap:wrap;gap:2px 12px;margin:2px 0 6px;font-size:.85rem}
.key svg{width:10px;height:10px;margin-right:4px}
.tiles{display:flex;flex-wrap:wrap;gap:8px;list-style:none;margin:0;padding:0}
.tiles li{background:#fff;border:1px solid #d8dee4;border-radius:8px;padding:6px 12px}
.tiles b{display:block;font-size:1.05rem}
.tiles span{color:#57606a;font-size:.8rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.82rem;width:100%}
th,td{padding:4px 6px;text-align:right;white-space:nowrap;border-top:1px solid #d8dee4}
th:first-child{text-align:left}
tbody th{font-weight:400;white-space:normal;min-width:100px}
thead th{border-top:0;color:#57606a;font-weight:600;white-space:normal;vertical-align:bottom}
mark{background:#ffd8a8;padding:0 3px;border-radius:3px}
input{font:inherit;padding:6px 10px;border:1px solid #8c959f;border-radius:6px;width:100%;max-width:320px}
.found{display:flex;flex-wrap:wrap;gap:6px;max-height:130px;overflow-y:auto;margin:10px 0}
h3{font-size:1.05rem;margin:14px 0 4px}
h4{font-size:.95rem;margin:0 0 2px}
.lists{display:grid;gap:10px;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));margin:10px 0}
.lists>div{border:1px solid #d8dee4;border-radius:8px;padding:8px;min-width:0}
ol,ul.events{margin:6px 0 0;padding-left:22px;font-size:.9rem}
ul.events{padding-left:0;list-style:none;columns:320px}
li{overflow-wrap:anywhere}
.events li{break-inside:avoid}
li small{color:#57606a;display:block;line-height:1.25}
@media(min-width:760px){figure:has(.scroll){grid-column:span 2}}
@media(max-width:480px){th,td{padding:4px}tbody th{min-width:72px}}
li.hit{background:#d3f0dc;border-radius:4px;font-weight:600}
"""

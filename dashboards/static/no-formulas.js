// Jupyter's software asks for a library that sets formulas as soon as it shows a label. Our pages hold no formula: this
// stands in for it, so that nothing is fetched and nothing is missing.
"use strict";
window.MathJax = { Ajax: {}, InputJax: { TeX: {} }, Hub: { Register: { StartupHook() {} }, Config() {}, Configured() {}, Queue() {} } };

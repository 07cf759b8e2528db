import { LabIcon } from "@jupyterlab/ui-components";

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="24">
  <g class="jp-icon3" style="fill:none" stroke="#616161" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">
    <path d="M13 20H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v5"/>
    <path d="M8 8h6M8 12h4"/>
    <path d="M14.5 17.5l2.3 2.3 4.2-4.8"/>
  </g>
</svg>`;

export const planIcon = new LabIcon({ name: "peerplan:plan", svgstr: SVG });

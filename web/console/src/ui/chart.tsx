// Lines over time, by uPlot. What a chart shows is said in words as well, for those who do not see it.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { brief } from '../format';
import { useTheme } from '../theme';

export interface Line {
  name: string;
  values: (number | null)[];
}

/** Colours of lines, distinct for most kinds of colour blindness (after Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f', '#b5a400'];
const height = 180;

function summary(lines: Line[], unit: string): string {
  return lines
    .map(({ name, values }) => {
      const known = values.filter((x): x is number => x !== null && Number.isFinite(x));
      if (known.length === 0) return `${name}: nothing yet`;
      return `${name}: now ${brief(known.at(-1))}, least ${brief(Math.min(...known))}, most ${brief(Math.max(...known))}${unit && ` ${unit}`}`;
    })
    .join('; ');
}

/** Time of a tick, as short as the distance of ticks permits. */
function clockOf(at: number, step: number): string {
  const time = new Date(at * 1000);
  const two = (x: number) => String(x).padStart(2, '0');
  if (step >= 86_400) return `${time.getDate()}.${time.getMonth() + 1}.`;
  const text = `${two(time.getHours())}:${two(time.getMinutes())}`;
  return step < 60 ? `${text}:${two(time.getSeconds())}` : text;
}

function optionsFor(width: number, lines: Line[], bars: boolean): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const axis = { stroke: style.getPropertyValue('--quiet'), grid: { stroke: style.getPropertyValue('--line'), width: 1 }, ticks: { show: false }, font: '11px system-ui' };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } },
    axes: [{ ...axis, size: 30, values: (_, ticks) => ticks.map((x) => clockOf(x, (ticks[1] ?? x) - (ticks[0] ?? x))) }, { ...axis, size: 56, values: (_, ticks) => ticks.map((x) => brief(x)) }],
    series: [
      {},
      ...lines.map((_, i) => ({
        stroke: colours[i % colours.length],
        fill: lines.length === 1 ? `${colours[0]}33` : undefined,
        width: 2,
        points: { show: false },
        paths: bars ? uPlot.paths.bars!({ size: [0.8, 60] }) : undefined,
      })),
    ],
  };
}

/** @param times seconds since 1970, ascending */
export function Chart({ title, times, lines, unit = '', bars = false }: { title: string; times: number[]; lines: Line[]; unit?: string; bars?: boolean }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const theme = useTheme();
  const shape = `${theme}|${bars}|${lines.map((x) => x.name).join('|')}`;
  const data = [times, ...lines.map((x) => x.values.map((y) => (y !== null && Number.isFinite(y) ? y : null)))] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const target = box.current;
    if (!target) return undefined;
    const made = new uPlot(optionsFor(target.clientWidth || 300, lines, bars), latest.current, target);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: target.clientWidth || 300, height }));
    observer.observe(target);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(data);
  });

  const words = times.length === 0 ? 'nothing yet' : summary(lines, unit);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>{unit && <span class="quiet"> {unit}</span>}
        <span class="legend" aria-hidden="true">
          {lines.length > 1 && lines.map((x, i) => <span key={x.name} class={`key c${i % colours.length}`}>{x.name}</span>)}
        </span>
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${title}. ${words}`} />
    </figure>
  );
}

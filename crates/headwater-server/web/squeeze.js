// A picture made narrower or wider: its axes give way, the room of their labels stays.

const ofAxis = (key) => /^xaxis\d*$/.test(key);

/** The stretches of the picture's width that plots cover, as shares of it, left to right. */
function covered(layout) {
  const spans = Object.entries(layout).filter(([key]) => ofAxis(key)).map(([, axis]) => axis.domain ?? [0, 1]).sort(([a], [b]) => a - b);
  const joined = [];
  for (const [from, to] of spans) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** How many plots stand beside each other. */
export const columns = (layout) => covered(layout).length;

/**
 * `layout`, drawn for `natural` pixels across, for `width` of them. Labels beside an axis have as
 * many pixels as before; what is left is shared by the plots.
 */
export function squeeze(layout, natural, width) {
  const { l = 0, r = 0 } = layout.margin ?? {};
  const [before, after] = [natural - l - r, width - l - r];
  const spans = covered(layout);
  const plots = spans.reduce((sum, [from, to]) => sum + to - from, 0);
  const stretch = (after - before * (1 - plots)) / plots;
  const moved = (at) => {
    const inside = spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(at, to) - from), 0);
    return Math.min(Math.max(((at - inside) * before + inside * stretch) / after, 0), 1);
  };
  const onPaper = (item) => (item.xref === "paper"
    ? { ...item, ...Object.fromEntries(["x", "x0", "x1"].filter((key) => typeof item[key] === "number").map((key) => [key, moved(item[key])])) }
    : item);
  return {
    ...layout,
    ...Object.fromEntries(Object.entries(layout).filter(([key]) => ofAxis(key)).map(([key, axis]) => {
      const [from, to] = (axis.domain ?? [0, 1]).map(moved);
      return [key, { ...axis, domain: [from, to], ...thinned(axis, (to - from) * after) }];
    })),
    annotations: layout.annotations?.map(onPaper),
    shapes: layout.shapes?.map(onPaper),
    images: layout.images?.map(onPaper),
  };
}

/** Every so many of an axis's labels as there is room for; slanted ones stand closer. */
function thinned({ tickvals, ticktext, tickangle }, room) {
  if (!tickvals?.length || !ticktext || tickangle) return null;
  const widest = 7 * Math.max(...ticktext.map((text) => String(text).length)) + 10;
  const every = Math.ceil((widest * tickvals.length) / Math.max(room, 1));
  const kept = (_, at) => at % every === 0;
  return every > 1 ? { tickvals: tickvals.filter(kept), ticktext: ticktext.filter(kept) } : null;
}

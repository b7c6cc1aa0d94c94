/* The icons of the widgets, drawn in the colour of the text. */

const PATHS = {
  minus: ["M5.5 12h13"],
  plus: ["M12 5.5v13", "M5.5 12h13"],
  both: ["M4 6h16M4 10h16M4 14h9M4 18h9"],
  asks: ["M4 6h16M4 10h12M4 14h9M4 18h5"],
  bids: ["M4 6h5M4 10h9M4 14h12M4 18h16"],
  max: ["M14.5 4.5h5v5M9.5 19.5h-5v-5M19 5l-5.5 5.5M5 19l5.5-5.5"],
  left: ["M14.5 6l-6 6 6 6"],
  right: ["M9.5 6l6 6-6 6"],
  down: ["M6 9.5l6 6 6-6"],
  check: ["M5 12.500l4.500 4.500L19 7.500"],
  x: ["M6 6l12 12M18 6L6 18"],
  alert: ["M12 4L2.8 20h18.4z", "M12 10v4.5", "M12 17.3v.2"],
  search: ["M11 4.5a6.5 6.5 0 100 13 6.5 6.5 0 000-13z", "M16 16l4.5 4.5"],
  star: ["M12 4l2.5 5.2 5.5.7-4 3.9 1 5.7-5-2.8-5 2.8 1-5.7-4-3.9 5.500-.7z"],
  layout: ["M4 5.500h16v13H4z", "M14.500 5.500v13", "M4 14h10.500"],
};

export function Sign({ name, size = "s" }) {
  return (
    <svg className={`i ${size}`} viewBox="0 0 24 24" aria-hidden="true">
      {PATHS[name].map((path) => (
        <path key={path} d={path} />
      ))}
    </svg>
  );
}

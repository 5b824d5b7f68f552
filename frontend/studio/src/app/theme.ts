import { createTheme, type MantineColorsTuple } from "@mantine/core";

const amber: MantineColorsTuple = [
  "#fff6e5", "#fdeacb", "#fad79b", "#f7c267", "#f4b046", "#f2a93b", "#e0952a", "#b87513", "#8a5606", "#5d3900",
];

// A dialog's header is no banner of the page.
const NO_BANNER = { header: { role: "presentation" } };

/** Mantine's own choices; colours come from styles/mantine.css. */
export const theme = createTheme({
  primaryColor: "amber",
  primaryShade: 5,
  autoContrast: true,
  colors: { amber },
  fontFamily: "var(--sans)",
  fontFamilyMonospace: "var(--mono)",
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: { fontFamily: "var(--sans)", fontWeight: "600" },
  components: {
    Button: { defaultProps: { size: "sm" } },
    Modal: { defaultProps: { attributes: NO_BANNER, transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0 } } },
    Drawer: { defaultProps: { attributes: NO_BANNER, transitionProps: { duration: 120 } } },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: "md" } },
    Popover: { defaultProps: { transitionProps: { duration: 80 }, shadow: "md" } },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 80 }, events: { hover: true, focus: true, touch: false } } },
  },
});

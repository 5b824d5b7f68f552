import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "@mantine/core/styles.layer.css";
import "./styles/tokens.css";
import "./styles/mantine.css";
import "./styles/ground.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "@/app/App";
import { startWords } from "@/i18n";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
await startWords();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

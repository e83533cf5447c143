import { createPlayground } from "./playground.js";

createPlayground(document.getElementById("playground"));

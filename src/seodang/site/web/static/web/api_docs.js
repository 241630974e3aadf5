/* The page of the API in the dark: Swagger UI goes by a class on <html>, we go by what the person's system asks for. */
"use strict";
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

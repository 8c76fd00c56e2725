export default {
  base: "./",
  publicDir: "static",
  esbuild: { jsx: "automatic" },
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    outDir: "dist",
    chunkSizeWarningLimit: 20_000,
    // Oddities in other people's packages are not ours to mend.
    rollupOptions: { onwarn: (warning, warn) => warning.id?.includes("node_modules") || warn(warning) },
  },
};

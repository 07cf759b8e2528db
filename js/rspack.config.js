const path = require("node:path");

/** The interface is the bundle that the widget shows too, so both are the same to the byte. */
module.exports = {
  resolve: {
    extensions: [".ts", ".tsx", ".js"],
    alias: {
      "@peerplan/interface": path.resolve(__dirname, "../peerplan_jupyter/static/interface.js"),
    },
  },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        loader: "builtin:swc-loader",
        options: {
          jsc: {
            parser: { syntax: "typescript", tsx: true },
            transform: { react: { runtime: "automatic" } },
            target: "es2022",
          },
        },
        type: "javascript/auto",
      },
    ],
  },
};

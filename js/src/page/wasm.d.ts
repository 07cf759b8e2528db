declare module "*.wasm" {
  /** The URL of the file, relative to the bundle. */
  const url: string;
  export default url;
}

/** The package brings no types; what is used of it is declared where it is used. */
declare module 'oracledb' {
  const oracledb: unknown;
  export = oracledb;
}

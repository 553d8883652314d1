// types: TS1294

export enum State {
  Up,
  Down,
}

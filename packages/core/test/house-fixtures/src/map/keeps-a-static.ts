// seam: module-state

export class Counter {
  static count = 0

  next(): number {
    return ++Counter.count
  }
}

// types: TS4114

class Base {
  size(): number {
    return 0
  }
}

export class One extends Base {
  size(): number {
    return 1
  }
}

// oxlint: typescript/switch-exhaustiveness-check

export function copies(role: 'owner' | 'backup' | 'lite'): number {
  switch (role) {
    case 'owner':
      return 1
    case 'backup':
      return 2
  }
  return 0
}

/** Who may answer a step of a flow that waits for people. */
export interface AnswerRules {
  readonly isMemberRequired: boolean
  /** Undefined: every one. */
  readonly groups: readonly string[] | undefined
  readonly isSelfApprovalDisabled: boolean
}

/** Reads them of what a frame keeps of the step's `suspend`. */
export function readAnswerRules(suspend: unknown): AnswerRules {
  const rules: Readonly<Record<string, unknown>> = typeof suspend === 'object' && suspend !== null ? { ...suspend } : {}
  const { user_groups_required: groups } = rules
  const named = Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : []
  const isSelfApprovalDisabled = rules['self_approval_disabled'] === true
  return {
    // Whoever is not known could be the one who started it.
    isMemberRequired: rules['user_auth_required'] === true || isSelfApprovalDisabled || named.length > 0,
    groups: named.length > 0 ? named : undefined,
    isSelfApprovalDisabled,
  }
}

/** The fields of OpenFlow as its schema (1.819) names them, beside those of the form of inputs; a module's `value` by its type. */
export const openFlowFields: Readonly<Record<string, readonly string[]>> = {
  document:
    words(`modules failure_module preprocessor_module same_worker preserve_step_tags concurrent_limit concurrency_key
    concurrency_time_window_s debounce_delay_s debounce_key debounce_args_to_accumulate max_total_debouncing_time
    max_total_debounces_amount skip_expr cache_ttl cache_ignore_s3_path delete_after_secs flow_env priority early_return
    chat_input_enabled notes groups`),
  module:
    words(`id value summary stop_after_if stop_after_if.expr stop_after_if.skip_if_stopped stop_after_if.error_message
    stop_after_if.error_include_result stop_after_all_iters_if skip_if skip_if.expr sleep cache_ttl cache_ignore_s3_path timeout
    delete_after_secs delete_after_use mock mock.enabled mock.return_value suspend suspend.required_events suspend.timeout
    suspend.resume_form suspend.resume_form.schema suspend.user_auth_required suspend.user_groups_required
    suspend.self_approval_disabled suspend.hide_cancel suspend.continue_on_disapprove_timeout suspend.skin priority
    continue_on_error retry retry.constant retry.constant.attempts retry.constant.seconds retry.exponential
    retry.exponential.attempts retry.exponential.multiplier retry.exponential.seconds retry.exponential.random_factor
    retry.retry_if retry.retry_if.expr debouncing debouncing.debounce_delay_s debouncing.debounce_key
    debouncing.debounce_args_to_accumulate debouncing.max_total_debouncing_time debouncing.max_total_debounces_amount`),
  rawscript: words(`type content language input_transforms path lock tag concurrent_limit concurrency_time_window_s
    custom_concurrency_key is_trigger assets`),
  script: words('type path input_transforms hash tag_override is_trigger'),
  flow: words('type path input_transforms'),
  forloopflow: words('type modules iterator skip_failures parallel parallelism squash'),
  whileloopflow: words('type modules skip_failures parallel parallelism squash'),
  branchone: words('type branches branches.summary branches.expr branches.modules default'),
  branchall: words('type branches branches.summary branches.skip_failure branches.modules parallel'),
  identity: words('type flow'),
  aiagent: words('type input_transforms tools tag agent tool_inputs parallel omit_output_from_conversation'),
}

function words(text: string): readonly string[] {
  return text.split(/\s+/)
}

-- Made by `python protocol/generate` from aircher_protocol; changes here are lost.
---@meta _
error('annotations only; nothing requires this file')

---JSON-RPC and LSP error codes that aircher answers with.
---@alias aircher.Code
---| -32700 # The message is no JSON text.
---| -32600 # It is JSON and no JSON-RPC request, or not one for this moment.
---| -32601 # There is no such method.
---| -32602 # The parameters do not fit; `data.fields` names every one that is wrong.
---| -32603 # The daemon failed; its log has the details under `data.errorId`.
---| -32002 # `initialize` has to come first.
---| -32800 # `$/cancelRequest` stopped it.
---| -32803 # It was understood and could not be done; `data.kind` says why.

---Who counted tokens.
---@alias aircher.CountedBy
---| 'provider' # The provider's own count.
---| 'tokenizer' # A tokenizer on this machine: near.
---| 'bound' # Nobody; there are not more than this.

---What to do with a piece of text that arrives before the result.
---@alias aircher.DeltaKind
---| 'append' # Add it to the text so far.
---| 'replace' # It is the whole text so far: a draft was repaired, or another model started over.
---| 'thinking' # The model thinks aloud; show it apart or not at all.

---What is written.
---@alias aircher.DocumentKind
---| 'docstring' # The documentation comment of what is selected, in the language's own form.
---| 'readme' # A section of the project's front page.

---How long a model may think before it answers; the nearest level it has is taken.
---@alias aircher.Effort
---| 'off' # Not at all.
---| 'minimal' # As little as it can.
---| 'low' # A little.
---| 'medium' # Some.
---| 'high' # Much.
---| 'max' # As much as it can.

---The closed list of things that go wrong, for editors to tell apart.
---@alias aircher.ErrorKind
---| 'authentication' # The provider refused the key; `aircher doctor` names the variable it comes from.
---| 'rateLimit' # Too many requests at once; wait `retryAfter` seconds, or allow another provider.
---| 'quotaExceeded' # The account at the provider has no credit left; top it up or use another one.
---| 'invalidRequest' # The request cannot be served as it is; the message says what to change.
---| 'contextLength' # The text is longer than the model's window; send less, or name a larger model.
---| 'contentFilter' # The provider's filter refused the text; try another model.
---| 'modelNotFound' # The provider has no such model; `aircher models --refresh` lists what it has.
---| 'serverError' # The provider failed; try again, or allow another one.
---| 'networkError' # The provider cannot be reached; check that it runs and that there is a network.
---| 'timeout' # The provider took too long; try again, or raise the limit in `timeouts`.
---| 'interrupted' # The answer broke off; `partialText` holds what had come; ask again for the whole.
---| 'unsupported' # The model cannot do what was asked; nothing was sent; name another model.
---| 'budgetExceeded' # A limit of yours would be passed; `budget` says which; nothing was sent.
---| 'noModel' # No model can answer; start Ollama, or set a key and run `aircherd restart`.
---| 'nothingStaged' # There is nothing to describe; stage something with `git add -p`.
---| 'notARepository' # The folder is in no git work tree; run `git init` or go to one.
---| 'gitRefused' # git could not answer; the message holds what it said. Never an empty answer.
---| 'untrusted' # The workspace is not trusted; look at its settings, then run `aircher trust`.
---| 'withheld' # What was asked about may not leave this machine; use a local model.
---| 'invalidConfig' # A configuration file is wrong; `aircher config check` names each mistake.
---| 'ledgerUnavailable' # The books cannot be written, so nothing may be spent; free some disk space.
---| 'unknown' # Something failed inside; `errorId` stands in `aircherd logs` beside the details.

---What is written.
---@alias aircher.GenerateKind
---| 'code' # New code at the cursor, or instead of the selection.
---| 'tests' # Tests for the selection, or for the file, in the file where such tests belong.

---How a place stands to what is asked about.
---@alias aircher.NeighbourKind
---| 'enclosing' # The symbol around the range, in the same document.
---| 'definition' # Where something is defined that the range uses.
---| 'reference' # Where the range's own symbol is used.

---What a user did with an answer.
---@alias aircher.Outcome
---| 'accepted' # Taken as it was.
---| 'edited' # Taken and changed.
---| 'rejected' # Not taken.
---| 'dismissed' # A finding that was waved away.
---| 'applied' # A fix that was made.

---What is reviewed.
---@alias aircher.ReviewScope
---| 'staged' # The change that is staged.
---| 'branch' # What the branch's commits change against their base.
---| 'selection' # The selected lines.
---| 'file' # One file as it is.

---Who speaks in a conversation.
---@alias aircher.Role
---| 'system' # Instructions that stand above the conversation.
---| 'user' # The person, or the program, that asks.
---| 'assistant' # The model.
---| 'tool' # A function the model asked for; `content` is what it gave back.

---How much a finding matters, in LSP's words.
---@alias aircher.Severity
---| 'error' # It breaks.
---| 'warning' # It breaks under circumstances that will come.
---| 'information' # It is worth knowing.
---| 'hint' # It could be better.

---What is summarized.
---@alias aircher.SummaryScope
---| 'file' # One file, or the selected part of it.
---| 'diff' # The change that is staged, or, when nothing is, what is not staged yet.
---| 'branch' # What the branch's commits change against their base.
---| 'log' # The branch's commits by their messages.

---What a developer can be asking for.
---@alias aircher.TaskKind
---| 'commit_messages' # A message for staged changes.
---| 'summaries' # A short account of something long.
---| 'code_review' # Faults and risks in code.
---| 'documentation' # Comments, docstrings, pages.
---| 'refactoring' # Better structure, same behaviour.
---| 'debugging' # Why something fails, and the remedy.
---| 'quick_questions' # A question with a short answer.
---| 'code_generation' # New code.
---| 'default' # None of these, or nothing is clear.

---What to do about the trust in a workspace.
---@alias aircher.TrustAction
---| 'show' # Say how it stands.
---| 'accept' # Accept its settings file as it was shown.
---| 'revoke' # Forget that it was accepted.
---| 'window' # Say whether the editor trusts its folder; counts for this connection.

---What vectors are for; some providers insist on being told.
---@alias aircher.VectorPurpose
---| 'document' # Texts to be found.
---| 'query' # What they are looked for with.
---| 'classification' # Telling kinds of text apart.
---| 'clustering' # Finding texts that are alike.

---What a user kept of one model's answers to one task. Counts and nearness; no text is kept.
---@class aircher.AcceptanceLine
---@field name string `provider/model`.
---@field task aircher.TaskKind Which task.
---@field answers integer Answers something is known of.
---@field kept integer Taken as they were.
---@field edited integer Taken and changed.
---@field dropped integer Thrown away.
---@field acceptance number Mean nearness of what was kept to what was answered, 0 to 1.

---One replacement, as LSP has it.
---@class aircher.AnnotatedTextEdit
---@field range aircher.Range What is replaced.
---@field newText string What stands there afterwards.
---@field annotationId string Key of the annotation that says what it is for.

---What every method that asks a model gives back.
---@class aircher.Answer
---@field requestId string Id of this operation in the books and the log.
---@field text string The whole text, also when it was streamed.
---@field finish string `stop`, `length`, `content_filter`, ... ; anything but `stop` is worth showing.
---@field requested? string|vim.NIL The model the caller named, if any.
---@field provider string Who answered; `aircher` for the rule-based drafter.
---@field model string Which model; `rules` for the rule-based drafter.
---@field local boolean Whether it was answered on this machine.
---@field attempts? aircher.AttemptLine[] Every call that was tried, the answering one last.
---@field usage? aircher.TokenUsage|vim.NIL Tokens of the answering call; null when no model was asked.
---@field cost aircher.Money What all attempts cost together.
---@field today aircher.Money What has been spent today, this included.
---@field durationMs integer From receipt to result.
---@field firstTokenMs? integer|vim.NIL From receipt to the first piece of text; null when there was none.
---@field reason aircher.Reason Why this model.
---@field notices? string[] What the user should know, each one line ending with what to do.
---@field toolCalls? aircher.ToolCall[] Functions the model asks for, where it was offered any.
---@field state? aircher.ModelState[] What belongs into the next request with this turn, for the model that made it.

---Asks a question.
---@class aircher.AskParams
---@field prompt string The question.
---@field workspace? string|vim.NIL Any path in the repository it is asked in, absolute, or its file URI.
---@field conversation? string|vim.NIL The conversation to go on with, as an earlier answer named it; null begins one.
---@field document? aircher.DocumentRef|vim.NIL A file the question is about.
---@field range? aircher.Range|vim.NIL The part of it the question is about.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field maxOutputTokens? integer|vim.NIL Upper bound of the answer; null for the task's own.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---An answer, and the conversation it belongs to.
---@class aircher.AskResult
---@field answer aircher.Answer The text, who wrote it, what it cost and why.
---@field conversation string Give it back with the next question to go on.
---@field leftOut? aircher.LeftOut[] What the model did not see: parts of the file, earlier turns.

---One call that was tried for this answer.
---@class aircher.AttemptLine
---@field provider string Who was asked.
---@field model string Which model.
---@field outcome string `done`, `interrupted`, `cancelled`, or an error kind.
---@field sent boolean Whether the provider may have seen the text.
---@field cost aircher.Money What it cost.
---@field error? string|vim.NIL What went wrong, in words.

---Sent once each time spending crosses a threshold of a limit, or is refused by it.
---@class aircher.BudgetParams
---@field level string `warning` at the alert threshold, `exceeded` when a call was refused.
---@field line aircher.LimitLine The limit.
---@field message string For the user.

---The limit that refused a call, in whole nano-dollars.
---@class aircher.BudgetState
---@field scope string Which limit, such as `daily`.
---@field limit integer The limit.
---@field spent integer What is settled already.
---@field held integer What calls in flight may still cost.
---@field needed integer What this call could cost at most.
---@field resetsAt? string|vim.NIL When the limit starts anew, ISO 8601; null when it never does.

---A model that may answer.
---@class aircher.CandidateLine
---@field provider string Its provider.
---@field model string Its name there.
---@field local boolean Whether it runs on this machine.
---@field why string Why it stands at this place.
---@field expected aircher.Money What the call will probably cost.
---@field worst aircher.Money What it can cost at most; this much is reserved before anything is sent.

---What an edit is for, as LSP has it.
---@class aircher.ChangeAnnotation
---@field label string In a few words.
---@field needsConfirmation? boolean Whether the user should see it before it is made: always.
---@field description? string In a sentence.

---A file that was changed in the last minutes.
---@class aircher.ChangedFile
---@field path string In the repository.
---@field language? string|vim.NIL LSP's identifier, by its name; null when the name does not tell.
---@field changedAt string ISO 8601, UTC.

---One turn of a conversation.
---@class aircher.ChatMessage
---@field role aircher.Role Who speaks.
---@field content? string What is said.
---@field parts? aircher.ChatPart[] What is said after `content`, where pictures stand among the words.
---@field toolCalls? aircher.ToolCall[] Functions the model asked for in this turn of its own.
---@field toolCallId? string|vim.NIL The call this is the result of, for the role `tool`.
---@field state? aircher.ModelState[] What came with this turn of the model's own; given back unchanged.

---A conversation to be continued, for scripts that write their own prompts.
---@class aircher.ChatParams
---@field messages aircher.ChatMessage[] The turns so far; the last is the user's, or the result of a tool.
---@field workspace? string|vim.NIL Any path in the repository it is about, absolute, or its file URI.
---@field task? aircher.TaskKind|vim.NIL What kind of work it is; null to have it detected.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field maxOutputTokens? integer|vim.NIL Upper bound of the answer; null for the task's own.
---@field temperature? number|vim.NIL Sent only to models that take it; dropped with a notice otherwise.
---@field topP? number|vim.NIL As `temperature`.
---@field seed? integer|vim.NIL Where a model takes one, the same seed gives much the same answer.
---@field presencePenalty? number|vim.NIL As `temperature`.
---@field frequencyPenalty? number|vim.NIL As `temperature`.
---@field stop? string[] Texts at which the answer ends.
---@field effort? aircher.Effort|vim.NIL How long it may think; null leaves it to the task.
---@field tools? aircher.ToolOffer[] Functions the model may ask for.
---@field toolChoice? string|vim.NIL `auto`, `none`, `required`, or the name of the one to ask for.
---@field parallelToolCalls? boolean False asks for one call at a time, where the model can be told.
---@field responseFormat? aircher.JsonFormat|vim.NIL Asks for JSON; null leaves it free.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---A piece of what is said: words, or a picture. Exactly one of `text`, `data`, `url`.
---@class aircher.ChatPart
---@field text? string|vim.NIL Words.
---@field data? string|vim.NIL The bytes of a picture, base64.
---@field mediaType? string|vim.NIL What `data` is, such as `image/png`.
---@field url? string|vim.NIL The address of a picture, which the provider fetches itself.

---One rule of the repository's convention, held against the message.
---@class aircher.Check
---@field rule string Such as `type-enum` or `subject-max-length`, after commitlint where it has the rule.
---@field ok boolean Whether the final message keeps it.
---@field detail string What was found, for a person.
---@field repaired? boolean Whether the draft broke it and was mended.

---A message that can be committed as it stands.
---@class aircher.CommitMessage
---@field answer aircher.Answer The text, who wrote it, what it cost and why.
---@field subject string Its first line.
---@field body string The rest, without the blank line between; empty when there is none.
---@field convention string What was learned of the repository's habit, in one line.
---@field checks aircher.Check[] Each rule and whether it is kept.
---@field files integer How many files are staged.
---@field leftOut? aircher.LeftOut[] What the model did not see.

---Asks for a message for what is staged.
---@class aircher.CommitMessageParams
---@field workspace string Any path in the repository, absolute, or its file URI.
---@field hint? string|vim.NIL What the user wants said or changed.
---@field previous? string|vim.NIL A message the user rejected; the new one will differ.
---@field model? string|vim.NIL `provider/model` to use it and no other; `aircher/rules` for the rule-based drafter.
---@field amend? boolean Describe HEAD's own change together with what is staged.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---One mistake in a configuration file.
---@class aircher.ConfigProblem
---@field file string The file.
---@field line integer 1-based; 0 when the whole file is meant.
---@field column integer 1-based; 0 when the whole line is meant.
---@field message string What is wrong.
---@field hint? string What to write instead.

---Teaches what a message was, forgets everything taught, or with neither asks for the list.
---@class aircher.CorrectTaskParams
---@field message? string|vim.NIL What the user typed; may be empty.
---@field task? aircher.TaskKind|vim.NIL What it was. The message itself is not kept, only hashes of its telling words.
---@field workspace? string|vim.NIL Any path in the repository, absolute, or its file URI, for a message like `go`.
---@field reset? boolean Forget every correction; sent alone.

---Asks how many tokens a conversation is at a model.
---@class aircher.CountTokensParams
---@field messages aircher.ChatMessage[] The conversation.
---@field model string `provider/model`: each counts differently.
---@field workspace? string|vim.NIL Any path in the repository it is from, absolute, or its file URI.
---@field client? string|vim.NIL Name of the program that asks.

---How many tokens a conversation is.
---@class aircher.CountedTokens
---@field tokens integer How many.
---@field how aircher.CountedBy Who counted.
---@field provider string At which provider.
---@field model string At which model.
---@field why string|vim.NIL Why it is not the provider's own count; null when it is.

---A file to be made, as LSP has it.
---@class aircher.CreateFile
---@field kind? string Always `create`.
---@field uri string Its URI.
---@field options aircher.CreateFileOptions What to do when it is there already.
---@field annotationId string Key of the annotation that says what it is for.

---What to do when the file is there already.
---@class aircher.CreateFileOptions
---@field overwrite? boolean Never set: nothing is overwritten.
---@field ignoreIfExists? boolean Go on with the edits.

---What one group cost on one day.
---@class aircher.DayPart
---@field date string The local date, such as `2026-11-21`.
---@field name string The group's name.
---@field cost aircher.Money What it cost.

---A piece of text on its way to a result.
---@class aircher.DeltaParams
---@field token string|integer The request's `deltaToken`.
---@field seq integer 1, 2, 3, ... without gaps.
---@field kind aircher.DeltaKind What to do with it. Applying all of them in order gives the result's text.
---@field text string The text.

---One request that was about to leave.
---@class aircher.Departed
---@field at string When, ISO 8601, UTC.
---@field operation string The request it belongs to.
---@field client string Who asked.
---@field workspace? string|vim.NIL For which workspace.
---@field provider string For whom.
---@field model string For which model.
---@field origin string Scheme, host and port it went to.
---@field bytes integer Length of its body.
---@field sha256 string SHA-256 of its body.
---@field masked? aircher.MaskedSecret[] Secrets that were taken out of it.
---@field unmasked? aircher.MaskedSecret[] Secrets that were left in it, because the request asked for that.
---@field body? string|vim.NIL The body; kept only with `outbound.keep_text = true`.

---Asks what a message would be taken for. Nothing is sent anywhere.
---@class aircher.DetectTaskParams
---@field message string What the user typed; may be empty.
---@field workspace? string|vim.NIL Any path in the repository, absolute, or its file URI.
---@field command? string|vim.NIL The editor command that was used, such as `commit`.

---What a message is taken for.
---@class aircher.DetectedTask
---@field task aircher.TaskKind The task; `default` when nothing is clear.
---@field confidence number 0 to 1.
---@field evidence aircher.EvidenceLine[] Why, strongest first.

---How many problems an editor shows, by severity.
---@class aircher.DiagnosticCounts
---@field errors? integer Errors.
---@field warnings? integer Warnings.
---@field information? integer Information.
---@field hints? integer Hints.

---A problem an editor shows, as far as a model needs it.
---@class aircher.DiagnosticRef
---@field message string What is said of it.
---@field range? aircher.Range|vim.NIL Where; null goes by the request's own range.
---@field source? string|vim.NIL Who says so, such as `mypy`.
---@field code? string|integer|vim.NIL Its rule, such as `F401`.

---Asks for documentation.
---@class aircher.DocumentParams
---@field document aircher.DocumentRef The file that is documented.
---@field range? aircher.Range|vim.NIL What of it; null means all of it.
---@field kind? aircher.DocumentKind What is written.
---@field instruction? string|vim.NIL What the user wants said.
---@field workspace? string|vim.NIL Any path in the repository, absolute, or its file URI; null goes by the document.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---A file, and what an editor knows of it.
---@class aircher.DocumentRef
---@field uri string Its URI.
---@field version? integer|vim.NIL The editor's version of it; null when it is not open there.
---@field text? string|vim.NIL Its text; null takes the daemon's synced copy, or the file on disk inside the workspace.
---@field languageId? string|vim.NIL The editor's name for its language; null judges by the file's name.
---@field neighbours? aircher.Neighbour[] What the editor's other language servers say stands near the range, the nearest first; what fits is shown to the model, the rest is named in `leftOut`.

---A file that stands open in an editor.
---@class aircher.DocumentState
---@field path string Its path or file URI.
---@field language? string|vim.NIL The editor's name for its language.
---@field unsaved? boolean Whether it holds changes that are not on disk.

---Something the model said that is not shown.
---@class aircher.DroppedFinding
---@field why string Why it was dropped.
---@field title string What it said, in a few words.

---What a daemon knows of itself.
---@class aircher.Dump
---@field text string A JSON object: versions, process, requests, tasks, endpoints, settings. Its fields are for people and may change; no key, no prompt and no answer is in it.

---Asks for what helps to find a fault.
---@class aircher.DumpParams

---An edit for the user to look at. Nothing is changed by asking for it.
---@class aircher.EditProposal
---@field answer aircher.Answer What was done, in words, who did it, what it cost and why.
---@field edit? aircher.WorkspaceEdit|vim.NIL The edit; null when there is none to make, or none that fits: the answer's text and notices say why.
---@field label string The edit in a few words, for a menu.
---@field checked aircher.SyntaxCheck Whether the result was parsed.
---@field leftOut? aircher.LeftOut[] What the model did not see.

---Asks for a vector for each of some texts.
---@class aircher.EmbedParams
---@field texts string[] The texts, 2,048 at most; none may be empty.
---@field model? string|vim.NIL `provider/model`; null takes the usual one. Vectors of two models cannot be compared.
---@field purpose? aircher.VectorPurpose What the vectors are for.
---@field dimensions? integer|vim.NIL Length of each vector, for models that can be told; null leaves it to the model.
---@field workspace? string|vim.NIL Any path in the repository the texts are from, absolute, or its file URI.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.

---A vector for each text.
---@class aircher.Embedded
---@field vectors number[][] In the order of the texts.
---@field requestId string Names the operation in the books.
---@field provider string Who made them.
---@field model string With which model.
---@field local boolean Whether on this machine.
---@field usage aircher.TokenUsage|vim.NIL Tokens; null when nothing is known.
---@field cost aircher.Money What it cost.
---@field durationMs integer From request to answer.
---@field notices? string[] What the user should know.

---One place a provider is asked at: the only one, or one replica of several.
---@class aircher.EndpointLine
---@field name string The provider's name, with a number for a replica.
---@field circuit string `closed`: asked as usual. `open`: left alone. `half-open`: the next request tries it.
---@field coolingSeconds number Seconds until it may be asked again; 0 when it may.
---@field inFlight integer Requests it is answering.
---@field waiting integer Requests in line for it.
---@field atOnce? integer|vim.NIL Requests it is given at once; null for no limit.
---@field answers integer Whole answers since the daemon started.
---@field failures integer Failed attempts since the daemon started.
---@field lastUsedSecondsAgo? number|vim.NIL Since it was last asked; null before the first time.
---@field firstP50Ms? integer|vim.NIL Median time to the first text, in milliseconds; null before the first answer.
---@field firstP90Ms? integer|vim.NIL The same for nine answers out of ten.
---@field firstP99Ms? integer|vim.NIL The same for ninety-nine out of a hundred.
---@field requestsLeft? integer|vim.NIL Requests its rate limit still allows; null when it says nothing of one.
---@field tokensLeft? integer|vim.NIL Tokens its rate limit still allows; null when it says nothing of one.
---@field lastError? string|vim.NIL What went wrong last; null when nothing did.
---@field lastErrorSecondsAgo? number|vim.NIL How long ago that was.

---What a method's error carries as `data`.
---
---Errors of the conversation itself (no JSON, no such method, cancelled) carry none.
---@class aircher.ErrorData
---@field kind aircher.ErrorKind What went wrong.
---@field retryable? boolean Whether the same request may succeed later unchanged.
---@field code? string|vim.NIL The same in the words of older documents, where they have one: `PROVIDER_NOT_FOUND`, `PROVIDER_AUTH_ERROR`, `PROVIDER_RATE_LIMIT_ERROR` or `PROVIDER_API_ERROR`.
---@field errorId string Stands in the daemon's log beside the details.
---@field retryAfter? number|vim.NIL Seconds to wait before trying again, where known.
---@field provider? string|vim.NIL The provider that failed, where one did.
---@field model? string|vim.NIL The model that failed, where one did.
---@field budget? aircher.BudgetState|vim.NIL Set for `budgetExceeded`.
---@field fields? aircher.FieldError[] Set for invalid parameters: every field that is wrong, at once.
---@field partialText? string|vim.NIL What had arrived when an answer broke off.

---One reason to believe in a task.
---@class aircher.EvidenceLine
---@field task aircher.TaskKind The task it speaks for.
---@field weight number How much it adds.
---@field text string The reason, for a person.

---Asks what code does.
---@class aircher.ExplainParams
---@field workspace? string|vim.NIL Any path in the repository, absolute, or its file URI; null goes by the document.
---@field document? aircher.DocumentRef|vim.NIL The file; null explains the project by its front page and layout.
---@field range? aircher.Range|vim.NIL What is to be explained; null means all of the file.
---@field instruction? string|vim.NIL What the user wants to know of it.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---A log, written in the last minutes, whose end tells of a failure.
---@class aircher.FailedLog
---@field path string In the repository.
---@field line string The last line that says so.
---@field changedAt string ISO 8601, UTC.

---Tells what became of an answer.
---@class aircher.FeedbackParams
---@field operation string The answer's `requestId`.
---@field outcome aircher.Outcome What the user did.
---@field finding? string|vim.NIL Which finding of a review; null means the whole answer.

---What was made of it.
---@class aircher.FeedbackResult
---@field kept boolean False when no such answer is known any more.

---One field of the parameters that does not fit.
---@class aircher.FieldError
---@field path string Where it is, such as `messages[0].role`.
---@field message string What is wrong with it.

---One fault, at a line that was changed.
---@class aircher.Finding
---@field id string Names it in `aircher/feedback`; the same finding has the same id in the next review.
---@field uri string The file.
---@field range aircher.Range The line or lines it is about, as they are now.
---@field severity aircher.Severity How much it matters.
---@field title string The fault in a few words.
---@field why string Why it breaks.
---@field quote string The line it is about, word for word.
---@field fix? aircher.WorkspaceEdit|vim.NIL A small remedy; null when there is none.

---Asks for the remedy of a problem.
---@class aircher.FixParams
---@field document aircher.DocumentRef The file.
---@field range? aircher.Range|vim.NIL Where the problem is; null goes by the diagnostic.
---@field diagnostic? aircher.DiagnosticRef|vim.NIL The problem as an editor shows it.
---@field error? string|vim.NIL The problem as text: an error message, a traceback, a failing test's output.
---@field instruction? string|vim.NIL What the user adds.
---@field workspace? string|vim.NIL Any path in the repository, absolute, or its file URI; null goes by the document.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---Asks to forget usage and what is kept beside it: of a workspace, of an age, or of both.
---@class aircher.ForgetParams
---@field workspace? string|vim.NIL Absolute path of its root, or its file URI.
---@field olderThanDays? integer|vim.NIL 0 means everything before today.

---What was forgotten.
---@class aircher.Forgotten
---@field deleted integer Calls taken out of the books.
---@field nameless integer Calls of this month or week: their amounts stay for the limits, their names are gone.
---@field sent integer Lines taken out of the list of what was sent.
---@field answers? integer Answers kept on disk that are gone.
---@field learned? integer Records of what was kept of suggestions, and corrections of the task detector.
---@field logged? integer Lines taken out of the log.

---Asks for new code.
---@class aircher.GenerateParams
---@field document? aircher.DocumentRef|vim.NIL The file it is for; null gives the code as text only.
---@field position? aircher.Position|vim.NIL Where it goes.
---@field range? aircher.Range|vim.NIL What it replaces, or, for `tests`, what is tested.
---@field instruction string What the user wants; may be empty for `tests`.
---@field kind? aircher.GenerateKind What is written.
---@field workspace? string|vim.NIL Any path in the repository, absolute, or its file URI; null goes by the document.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---Asks for pictures.
---@class aircher.ImageParams
---@field prompt string What they should show.
---@field model? string|vim.NIL `provider/model`; null takes the usual one, which the answer names.
---@field count? integer How many, 10 at most; some providers make one at a time.
---@field size? string|vim.NIL Such as `1024x1024`, or the provider's own word for one; null leaves it to the model.
---@field quality? string|vim.NIL The provider's own word for it; null leaves it to the model.
---@field workspace? string|vim.NIL Any path in the repository they are for, absolute, or its file URI.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.

---Asks for JSON: any object, or one that fits a schema.
---@class aircher.JsonFormat
---@field schema? table<string, any>|vim.NIL JSON Schema of the answer; null: any object.
---@field name? string What the schema is called.

---How quick one model was over its latest whole answers, in milliseconds.
---@class aircher.LatencyLine
---@field name string `provider/model`.
---@field answers integer How many answers the figures are of.
---@field firstMedian? integer|vim.NIL To the first piece of text; null when no answer told.
---@field firstP90? integer|vim.NIL Nine of ten were quicker.
---@field median integer To the end.
---@field p90 integer Nine of ten were quicker.

---A file, or part of one, that was not sent to the model.
---@class aircher.LeftOut
---@field path string Its path in the repository; bytes that are not UTF-8 are shown as \xNN.
---@field why string Such as `lock file`, `binary`, `3 of 9 hunks`.

---Where one limit stands.
---@class aircher.LimitLine
---@field label string Such as `daily`.
---@field limit aircher.Money The limit.
---@field spent aircher.Money Settled in this period.
---@field held aircher.Money What calls in flight may still cost.
---@field resetsAt string When the period ends, ISO 8601 with the user's offset.

---A path that differs between the index and the work tree.
---@class aircher.LocalFile
---@field path string In the repository; ends with `/` for a folder told as a whole.
---@field kind string The letter git has for it: A, D, M, T, U, or ? when it is untracked.
---@field size? integer|vim.NIL Bytes; null when it is gone, is a folder, or was not measured.

---One kind of secret that was replaced by placeholders.
---@class aircher.MaskedSecret
---@field kind string The rule that found it.
---@field count integer How many different ones.

---Figures of this moment.
---@class aircher.Metrics
---@field text string OpenMetrics text; figures that are not known are left out.

---Asks for figures a monitor can read.
---@class aircher.MetricsParams

---One model.
---@class aircher.ModelLine
---@field provider string Its provider.
---@field model string Its name there.
---@field local boolean Whether it runs on this machine.
---@field usable boolean Whether a request could go to it now.
---@field why string Why not, when it is not usable; what it is chosen for, when it is.
---@field context? integer|vim.NIL Tokens of prompt and answer together.
---@field maxOutput? integer|vim.NIL Tokens an answer may have.
---@field inputPerMillion? string|vim.NIL USD per million prompt tokens; null when unknown.
---@field outputPerMillion? string|vim.NIL USD per million answer tokens; null when unknown.
---@field quality? number|vim.NIL 0 to 1 over coding tasks.
---@field capabilities? string[] What it can do.
---@field tasks? aircher.TaskKind[] What it is asked first for.
---@field firstTokenMs? integer|vim.NIL Half of its latest answers began sooner; null when it has not answered here.
---@field answerMs? integer|vim.NIL Half of its latest answers were whole sooner.
---@field answers? integer How many answers these figures are of.
---@field retires? string|vim.NIL The day it is or was switched off, where that is announced.

---What can be used.
---@class aircher.ModelList
---@field models aircher.ModelLine[] Usable ones first.
---@field priceTable string Source and day of the prices.

---What only the maker of a turn understands, such as the signature of its thinking.
---@class aircher.ModelState
---@field provider string Who made it.
---@field model string Which model; no other one is given it.
---@field payload table<string, any> As it was made.

---Asks which models can be used.
---@class aircher.ModelsParams
---@field refresh? boolean Ask the providers again instead of answering from memory.

---An amount, for programs and for people.
---@class aircher.Money
---@field nanoUsd integer|vim.NIL Whole nano-dollars; null when the price is unknown.
---@field text string Such as `$0.0004` or `unknown`.
---@field estimated? boolean Whether any number behind it is our own count rather than the provider's.

---A place an editor's own symbols name. Only the place is sent: the daemon reads the lines
---itself, inside the same workspace and under its rules.
---@class aircher.Neighbour
---@field kind aircher.NeighbourKind How it stands to what is asked about.
---@field uri string The file.
---@field range aircher.Range Its lines; for a definition all of it, or its name.

---Tells what only an editor or a shell can know. Kept in memory; nothing of it is sent on.
---
---What is left out stays as it was told before. What an editor told is dropped with its
---connection.
---@class aircher.NoteParams
---@field workspace string Any path in the repository, absolute, or its file URI.
---@field documents? aircher.DocumentState[]|vim.NIL All that stand open.
---@field selection? aircher.SelectionState|vim.NIL What is selected.
---@field diagnostics? aircher.DiagnosticCounts|vim.NIL How many problems are shown.
---@field command? aircher.RanCommand|vim.NIL A command that was run.

---What became of a note.
---@class aircher.Noted
---@field root string Absolute path of the work tree it was taken for.
---@field kept boolean False when nobody watches that repository, so that nobody could see the note.

---Asks what has left for models on other machines.
---@class aircher.OutboxParams
---@field limit? integer How many lines, the newest first.
---@field operation? string|vim.NIL Only this request.

---What has left, the newest first.
---@class aircher.OutboxResult
---@field sent? aircher.Departed[] The lines.
---@field keepsText boolean Whether bodies are kept.

---One picture.
---@class aircher.PictureFile
---@field data string Its bytes, base64.
---@field mediaType string Such as `image/png`.

---Pictures.
---@class aircher.Pictured
---@field pictures aircher.PictureFile[] As many as were made.
---@field text string Words the model sent along; often empty.
---@field requestId string Names the operation in the books.
---@field provider string Who made them.
---@field model string With which model.
---@field local boolean Whether on this machine.
---@field usage aircher.TokenUsage|vim.NIL Tokens; null when nothing is known.
---@field cost aircher.Money What it cost.
---@field durationMs integer From request to answer.
---@field notices? string[] What the user should know.

---Asks what a request would send, to whom, and what it could cost. Nothing is sent.
---@class aircher.PlanParams
---@field method string The method that would be called, such as `aircher/commitMessage`.
---@field params table<string, any> Its parameters.

---What would happen.
---@class aircher.PlanResult
---@field reason aircher.Reason Which models, in which order, and why.
---@field provider string Who would be asked first; `aircher` when only the rule-based drafter is left.
---@field model string Which model.
---@field local boolean Whether the text would stay on this machine.
---@field origin? string|vim.NIL Scheme, host and port it would go to; null when nothing would be sent.
---@field messages? aircher.ChatMessage[] The exact text that would be sent.
---@field promptBytes? integer Its length in UTF-8 bytes.
---@field promptTokens? integer|vim.NIL Our estimate of its length in tokens.
---@field maxOutputTokens? integer|vim.NIL The longest answer that would be allowed.
---@field worst aircher.Money What it could cost at most.
---@field expected aircher.Money What it will probably cost.
---@field leftOut? aircher.LeftOut[] What would not be sent.
---@field notices? string[] What the user should know.
---@field body? string|vim.NIL The request's body byte for byte, UTF-8; null when nothing would be sent.
---@field sha256? string|vim.NIL SHA-256 of those bytes, as `aircher/outbox` shows it afterwards.
---@field masked? aircher.MaskedSecret[] Secrets that were taken out of it.

---A place between two characters, as LSP has it.
---@class aircher.Position
---@field line integer 0-based.
---@field character integer 0-based, in units of the session's position encoding.

---What the month will have cost once it is over. About four months in five end in the range.
---@class aircher.ProjectionLine
---@field low aircher.Money The lower end of the range.
---@field likely aircher.Money The middle.
---@field high aircher.Money The upper end of the range.
---@field days integer Whole days of history it is drawn from.

---A text for a person, in Markdown.
---@class aircher.Prose
---@field answer aircher.Answer The text, who wrote it, what it cost and why.
---@field leftOut? aircher.LeftOut[] What the model did not see.

---One provider.
---@class aircher.ProviderLine
---@field name string Its name in the configuration and the books.
---@field family string Which kind of API it speaks.
---@field origin string Scheme, host and port; the only place its key is ever sent to.
---@field local boolean Whether it runs on this machine.
---@field keyVariable? string|vim.NIL Environment variable its key is looked for in.
---@field keyPresent? boolean Whether a key was found. The key itself is never shown.
---@field usable boolean Whether a request could go to it now.
---@field state string `ready`, `no key`, `unreachable`, `cooling down`, `off`, `unchecked`.
---@field detail? string The last failure in words, with what to do.
---@field models? integer|vim.NIL How many models it offers; null when it was not asked.
---@field endpoints? aircher.EndpointLine[] How it is doing, from the traffic; empty when it cannot be asked at all.

---Every provider that is configured or built in.
---@class aircher.ProviderList
---@field providers aircher.ProviderLine[] In the order they are tried.

---Asks about providers.
---@class aircher.ProvidersParams
---@field check? boolean Ask each one whether it answers, at no cost in tokens.

---A command that was run in the workspace.
---@class aircher.RanCommand
---@field text string As it was typed.
---@field exitCode? integer|vim.NIL Null when it is not known.
---@field at? string|vim.NIL ISO 8601, UTC; null in what is sent to the daemon, which knows the time.

---What lies between two places, as LSP has it.
---@class aircher.Range
---@field start aircher.Position Its beginning.
---@field end aircher.Position Its end, not included.

---Why this model: the same object in the answer, the log and the usage row.
---@class aircher.Reason
---@field task aircher.TaskKind What the request was taken for.
---@field confidence number How firmly, 0 to 1.
---@field evidence? aircher.EvidenceLine[] Why it was taken for that.
---@field candidates? aircher.CandidateLine[] Models in the order they are tried.
---@field refused? aircher.RefusalLine[] Models that were not, and why.
---@field summary string The whole in one line.

---Asks for another structure with the same behaviour.
---@class aircher.RefactorParams
---@field document aircher.DocumentRef The file.
---@field range aircher.Range The code to be changed.
---@field instruction string What the user wants of it.
---@field workspace? string|vim.NIL Any path in the repository, absolute, or its file URI; null goes by the document.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---A provider or model that may not answer.
---@class aircher.RefusalLine
---@field provider string The provider.
---@field model? string|vim.NIL The model; null when the whole provider is refused.
---@field why string The reason, in words a user can act on.

---Asks the daemon to read its configuration again.
---@class aircher.ReloadParams

---What reading the configuration again gave.
---@class aircher.ReloadResult
---@field changed boolean Whether anything is different now.
---@field problems? aircher.ConfigProblem[] Every mistake found; the settings they touch keep their defaults.

---A request that is with a model, or waits for one.
---@class aircher.RequestLine
---@field task string What it is taken for, such as `commit_messages`.
---@field client string Who asked, by its own name.
---@field provider? string|vim.NIL Whom it is with, or waits for; null before the first was chosen.
---@field model? string|vim.NIL Which of its models.
---@field stage string `waiting`: in line, or between two tries. `asked`: no text yet. `writing`: text comes.
---@field seconds number Since it was asked for.

---What was found.
---@class aircher.Review
---@field answer aircher.Answer The findings as text, who found them, what it cost and why.
---@field findings aircher.Finding[] By file and line; with none, `complete` tells a clean review from one nobody could read.
---@field complete? boolean False when the model's answer could not be read or was cut: faults may be missing.
---@field dropped? aircher.DroppedFinding[] What the model said and could not be held to.
---@field leftOut? aircher.LeftOut[] What the model did not see.

---Asks for the faults of a change or of code.
---@class aircher.ReviewParams
---@field workspace string Any path in the repository, absolute, or its file URI.
---@field scope? aircher.ReviewScope What is reviewed.
---@field document? aircher.DocumentRef|vim.NIL The file; for `selection` and `file`.
---@field range? aircher.Range|vim.NIL The selection; for `selection`.
---@field base? string|vim.NIL Branch, tag or commit a branch is compared with; null finds it.
---@field instruction? string|vim.NIL What the user wants looked at.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---What was paid, against what one model would have cost for the same tokens.
---@class aircher.SavingsLine
---@field baseline string That model, `provider/model`.
---@field instead aircher.Money What it would have cost.
---@field paid aircher.Money What was paid.
---@field saved aircher.Money The difference; below zero when the baseline would have been cheaper.
---@field share number|vim.NIL Saved part, 0 to 1; null when the baseline costs nothing.

---What is selected in an editor.
---@class aircher.SelectionState
---@field path string Path or file URI of the document.
---@field firstLine integer 1-based.
---@field lastLine integer 1-based, the last line that is touched.

---A path that differs between HEAD and the index.
---@class aircher.StagedFile
---@field path string In the repository; bytes that are not UTF-8 are shown as \xNN.
---@field oldPath? string|vim.NIL Where it was, for renames and copies.
---@field kind string The letter git has for it: A, C, D, M, R, T, U.
---@field size? integer|vim.NIL Bytes of the new content; null when there is none or it is not known.

---How the daemon is.
---@class aircher.Status
---@field version string Of the daemon.
---@field protocol integer Version of this protocol.
---@field pid integer Process id.
---@field uptimeSeconds number Since it started.
---@field sessions integer Connected editors and scripts.
---@field inFlight integer Requests being answered, beside the one for this status.
---@field busy boolean Whether a model is being asked.
---@field settling? boolean Whether a call that has ended is still being booked.
---@field requests? aircher.RequestLine[] Those of them that are with a model or wait for one, longest first; a hundred at most.
---@field offline boolean Whether only this machine is used.
---@field ledger string `ok`, or why nothing can be spent.
---@field lastModel? string|vim.NIL Who answered last.
---@field today aircher.Money Spent since local midnight.
---@field month aircher.Money Spent since the first of the month.
---@field limits? aircher.LimitLine[] Every limit in force.
---@field notices? string[] What the user should know, each one line ending with what to do.

---Sent at most once a second while something changes.
---@class aircher.StatusChangedParams
---@field busy boolean Whether a model is being asked.
---@field inFlight integer Requests being answered.
---@field task? aircher.TaskKind|vim.NIL What the newest one is.
---@field model? string|vim.NIL Who answers it, or answered last.
---@field last? aircher.Money|vim.NIL What the last answer cost.
---@field today aircher.Money Spent since local midnight.
---@field session? aircher.Money|vim.NIL Spent by this daemon since it started.
---@field month? aircher.Money|vim.NIL Spent since the first of the month.
---@field limitState? string `none` (no limit is set), `ok`, `near` (an alert threshold is crossed), `reached`, or `unknown` while the books cannot be read.
---@field limit? aircher.LimitLine|vim.NIL The limit of which the greatest part is spent or held.

---Asks how the daemon is.
---@class aircher.StatusParams

---Asks for a short account.
---@class aircher.SummarizeParams
---@field workspace string Any path in the repository, absolute, or its file URI.
---@field scope aircher.SummaryScope Of what.
---@field document? aircher.DocumentRef|vim.NIL The file; for `file`.
---@field range? aircher.Range|vim.NIL Part of it; for `file`.
---@field base? string|vim.NIL Branch, tag or commit a branch is compared with; null finds it.
---@field instruction? string|vim.NIL What the user wants of the account.
---@field model? string|vim.NIL `provider/model` to use it and no other.
---@field deltaToken? string|integer|vim.NIL When set, text arrives as `aircher/delta` with this token before the result.
---@field client? string|vim.NIL Name of the program that asks, for the books.
---@field idempotencyKey? string|vim.NIL The same key within a day means the same request: asked and paid once, answered alike.
---@field finishUnattended? boolean Go on when the connection ends: the answer is given under the idempotency key, within a day. A cancel ends it all the same.
---@field sendSecrets? string[] Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the log and the list of what was sent say so.

---Whether the result was parsed.
---@class aircher.SyntaxCheck
---@field parser string|vim.NIL What parsed it, such as `python` or `tree-sitter`; null when nothing here can.
---@field repaired? boolean Whether the model's first edit was broken and it was asked to mend it.
---@field detail string In words.

---One thing a user taught.
---@class aircher.TaskCorrection
---@field task aircher.TaskKind What the message was.
---@field day string When it was taught, ISO.
---@field hint string The telling ideas of the message; none of its words.

---What the user taught the task detector.
---@class aircher.TaskCorrections
---@field corrections aircher.TaskCorrection[] The oldest first; at most 200 are kept.

---Replacements in one document, as LSP has it.
---@class aircher.TextDocumentEdit
---@field textDocument aircher.VersionedDocument Which document, at which version.
---@field edits aircher.AnnotatedTextEdit[] Replacements that do not overlap, all against that version.

---Tokens in disjoint classes; null means the provider did not say.
---@class aircher.TokenUsage
---@field input integer|vim.NIL Prompt tokens outside any cache.
---@field output integer|vim.NIL Visible answer tokens.
---@field cacheRead? integer Prompt tokens read from the provider's cache.
---@field cacheWrite? integer Prompt tokens written to the provider's cache.
---@field reasoning? integer Thinking tokens, billed as output.
---@field estimated? boolean Whether any number is our own count.

---The model asks for a function.
---@class aircher.ToolCall
---@field id string Names the call; its result says the same.
---@field name string Which function.
---@field arguments string JSON text, as the model wrote it: look at it before you act on it.

---A function the model may ask for. The caller runs it; the daemon never does.
---@class aircher.ToolOffer
---@field name string Its name.
---@field description? string What it does, for the model.
---@field parameters? table<string, any>|vim.NIL JSON Schema of its arguments; null: it takes none.

---Asks or tells whether a workspace's own settings may be used.
---@class aircher.TrustParams
---@field action? aircher.TrustAction What to do.
---@field workspace? string|vim.NIL Any path in the workspace, absolute, or its file URI; needed but for `window`.
---@field digest? string|vim.NIL For `accept`: the digest that came with what was shown, so that nothing else is accepted.
---@field trusted? boolean|vim.NIL For `window`: what the editor says.

---How the trust in a workspace stands.
---@class aircher.TrustState
---@field root? string|vim.NIL Canonical path of the workspace, or of the folder on the way to the path, that is meant.
---@field trusted boolean Whether models may be asked for it.
---@field why? string|vim.NIL Why not, ending with what to do.
---@field file? string|vim.NIL What its settings file says; null when there is none or it cannot be read.
---@field digest? string|vim.NIL SHA-256 of that file.
---@field accepted? aircher.TrustedWorkspace[] Every workspace that was accepted.

---One workspace as it was accepted.
---@class aircher.TrustedWorkspace
---@field root string Its canonical path.
---@field at string When, ISO 8601, UTC.
---@field digest string SHA-256 of its settings file then.

---Asks for the books.
---@class aircher.UsageParams
---@field workspace? string|vim.NIL Only what was spent for this repository.
---@field days? integer How many days of history to give, today included; at most 400.
---@field baseline? string|vim.NIL `provider/model` that savings are reckoned against; null takes the user's own setting.

---The books: today, this month, and the month by group.
---@class aircher.UsageReport
---@field zone string IANA name of the zone the days are counted in.
---@field today aircher.UsageTotal Since local midnight.
---@field month aircher.UsageTotal Since the first of the month.
---@field byTask aircher.UsageTotal[] The month by task.
---@field byProvider aircher.UsageTotal[] The month by provider.
---@field byModel aircher.UsageTotal[] The month by model.
---@field limits aircher.LimitLine[] Every limit in force.
---@field session? aircher.UsageTotal|vim.NIL Since the daemon started.
---@field week? aircher.UsageTotal|vim.NIL Since Monday.
---@field byWorkspace? aircher.UsageTotal[] The month by repository; an empty name for what belongs to none.
---@field byBranch? aircher.UsageTotal[] The month by branch; an empty name for what belongs to none.
---@field days? aircher.UsageTotal[] The last days by date, oldest first; days without a call are left out.
---@field daysByTask? aircher.DayPart[] The same by date and task.
---@field projection? aircher.ProjectionLine|vim.NIL What the month will probably cost; null while it is too early to say.
---@field savings? aircher.SavingsLine|vim.NIL The month against one model for everything; null when there is none to compare with.
---@field latency? aircher.LatencyLine[] How quick each model was lately, the most used first.
---@field acceptance? aircher.AcceptanceLine[] What became of answers since it is learned, by model and task.
---@field cacheSaved? aircher.Money|vim.NIL What reading prompts from providers' caches saved this month, at today's prices; null when nothing was read from one.
---@field repeats? integer Answers that were given again without asking, since the daemon started.
---@field repeatsSaved? aircher.Money|vim.NIL What those would have cost.

---Sums over a period or a group.
---@class aircher.UsageTotal
---@field name string The period or the group's name.
---@field requests integer Operations; retries do not add to it.
---@field attempts integer Calls that reached for a provider.
---@field cost aircher.Money What they cost.
---@field input integer Prompt tokens, cached ones included.
---@field output integer Answer tokens, thinking included.
---@field cached integer Prompt tokens read from a cache.
---@field unpriced integer Calls of unknown price; their cost is not in the sum.

---A document at one version, as LSP has it.
---@class aircher.VersionedDocument
---@field uri string Its URI.
---@field version integer|vim.NIL The version the edits were made for; null when it is not open in the editor.

---A request's place in the line for a busy provider, as it got in and as the line moved on; or
---that it shares an answer that is being made for the same request.
---@class aircher.WaitingParams
---@field token string|integer The request's `deltaToken`.
---@field provider string Whose turn it waits for.
---@field place integer 1 for the next one; 0 when its turn came and it is being asked.
---@field expectedSeconds? number|vim.NIL How long that may take; null while nobody knows.
---@field shared? boolean Whether the same is being asked already: the place is that request's, the answer both's.

---A repository and the work on it at one moment. Null is not known, never none.
---@class aircher.Workspace
---@field root string Absolute path of the work tree.
---@field branch string|vim.NIL Null when HEAD is detached.
---@field head string|vim.NIL Commit id; null before the first commit.
---@field upstream? string|vim.NIL What the branch follows, such as `origin/main`; null when it follows nothing.
---@field ahead? integer|vim.NIL Commits the upstream lacks.
---@field behind? integer|vim.NIL Commits the branch lacks.
---@field operation string What git is in the middle of: `none`, `merge`, `rebase`, `cherry-pick`, `revert` or `bisect`.
---@field conflicted? string[] Paths with conflicts.
---@field staged? aircher.StagedFile[] What a commit would take, at most 500 of it.
---@field stagedCount integer How many there are in all.
---@field local? aircher.LocalFile[]|vim.NIL What is not staged, untracked files included, at most 500 of it.
---@field localCount? integer|vim.NIL How many there are in all.
---@field recent? aircher.ChangedFile[] Changed in the last ten minutes, newest first.
---@field failingLogs? aircher.FailedLog[] Logs of the last ten minutes that end in a failure, newest first.
---@field documents? aircher.DocumentState[] What editors have open.
---@field selection? aircher.SelectionState|vim.NIL What is selected in the editor that spoke last.
---@field diagnostics? aircher.DiagnosticCounts|vim.NIL Problems the editor that spoke last shows; null when none told.
---@field commands? aircher.RanCommand[] The last ones, newest first.
---@field watched boolean Whether this repository is watched; otherwise it was looked at once, for this answer.
---@field degraded? string|vim.NIL Why changes may be noticed late, for a person; null when they are told at once.
---@field takenAt? string|vim.NIL When git was last asked, ISO 8601, UTC.

---A watched repository, or the work on it, is different now.
---@class aircher.WorkspaceChangedParams
---@field root string Absolute path of its work tree.
---@field serial integer 1, 2, 3, ... while it is watched; a gap means that something was left out.
---@field changed string[] Names of the fields of `workspace` that differ.
---@field workspace? aircher.Workspace|vim.NIL As it is now; null when it cannot be read.
---@field problem? string|vim.NIL Why it cannot be read, ending with what to do.

---Changes to documents, as LSP has it; to be applied whole or not at all.
---@class aircher.WorkspaceEdit
---@field documentChanges (aircher.TextDocumentEdit|aircher.CreateFile)[] In the order they are made.
---@field changeAnnotations table<string, any> What the edits are for, by their keys.

---Asks what a repository and the work on it look like now. No model is asked.
---@class aircher.WorkspaceParams
---@field workspace string Any path in the repository, absolute, or its file URI.
---@field sync? boolean Look afresh: the answer holds every change that ended before the request was sent. Otherwise the answer of a watched repository may be up to two seconds old.
---@field subscribe? boolean|vim.NIL True: watch the repository and send `aircher/workspaceChanged` until the connection ends; false: no longer; null: as it is.

---Requests the editor sends, by method: what goes out and what comes back.
---@class aircher.Requests
---@field ['aircher/commitMessage'] { params: aircher.CommitMessageParams, result: aircher.CommitMessage } Writes a commit message for what is staged, in the repository's own convention.
---@field ['aircher/ask'] { params: aircher.AskParams, result: aircher.AskResult } Answers one question, or the next of a conversation.
---@field ['aircher/chat'] { params: aircher.ChatParams, result: aircher.Answer } Continues a conversation given in full.
---@field ['aircher/review'] { params: aircher.ReviewParams, result: aircher.Review } Finds the faults of a change, on the lines it changed, or of code.
---@field ['aircher/explain'] { params: aircher.ExplainParams, result: aircher.Prose } Says what code does.
---@field ['aircher/summarize'] { params: aircher.SummarizeParams, result: aircher.Prose } Gives a short account of a file, a change, a branch or its commits.
---@field ['aircher/fix'] { params: aircher.FixParams, result: aircher.EditProposal } Proposes the remedy of a problem.
---@field ['aircher/document'] { params: aircher.DocumentParams, result: aircher.EditProposal } Proposes documentation: a docstring, or a section of the front page.
---@field ['aircher/refactor'] { params: aircher.RefactorParams, result: aircher.EditProposal } Proposes another structure with the same behaviour.
---@field ['aircher/generate'] { params: aircher.GenerateParams, result: aircher.EditProposal } Proposes new code at the cursor, or tests.
---@field ['aircher/feedback'] { params: aircher.FeedbackParams, result: aircher.FeedbackResult } Tells what a user did with an answer or a finding.
---@field ['aircher/embed'] { params: aircher.EmbedParams, result: aircher.Embedded } Makes a vector for each text, under the same limits as any other call.
---@field ['aircher/image'] { params: aircher.ImageParams, result: aircher.Pictured } Makes pictures, each reserved for at its dearest before it is asked for.
---@field ['aircher/countTokens'] { params: aircher.CountTokensParams, result: aircher.CountedTokens } Counts a conversation's tokens: the provider, a tokenizer here, or a bound.
---@field ['aircher/usage'] { params: aircher.UsageParams, result: aircher.UsageReport } The books: today, the month, by task, provider and model, and every limit.
---@field ['aircher/models'] { params: aircher.ModelsParams, result: aircher.ModelList } Which models can be used, with price and window, and what is wrong with the rest.
---@field ['aircher/providers'] { params: aircher.ProvidersParams, result: aircher.ProviderList } Every provider and its state.
---@field ['aircher/status'] { params: aircher.StatusParams, result: aircher.Status } How the daemon is.
---@field ['aircher/metrics'] { params: aircher.MetricsParams, result: aircher.Metrics } Figures for a monitor, as OpenMetrics.
---@field ['aircher/dump'] { params: aircher.DumpParams, result: aircher.Dump } What helps to find a fault, and no secret.
---@field ['aircher/detectTask'] { params: aircher.DetectTaskParams, result: aircher.DetectedTask } What a message would be taken for, and why. No model is asked.
---@field ['aircher/correctTask'] { params: aircher.CorrectTaskParams, result: aircher.TaskCorrections } Teaches what a message was, lists what was taught, or forgets it.
---@field ['aircher/plan'] { params: aircher.PlanParams, result: aircher.PlanResult } A dry run: what a request would send, to whom, at what cost. Nothing is sent.
---@field ['aircher/reload'] { params: aircher.ReloadParams, result: aircher.ReloadResult } Reads the configuration again.
---@field ['aircher/workspace'] { params: aircher.WorkspaceParams, result: aircher.Workspace } What a repository and the work on it look like, now or from now on.
---@field ['aircher/note'] { params: aircher.NoteParams, result: aircher.Noted } Tells of open documents, the selection, problems shown, or a command that was run.
---@field ['aircher/trust'] { params: aircher.TrustParams, result: aircher.TrustState } Whether a workspace's own settings are accepted; accepts or revokes them.
---@field ['aircher/outbox'] { params: aircher.OutboxParams, result: aircher.OutboxResult } What has left for models on other machines: to whom, how much, its hash.
---@field ['aircher/forget'] { params: aircher.ForgetParams, result: aircher.Forgotten } Takes usage of a workspace or from before a day out of the books.

---Notifications the daemon sends, by method.
---@class aircher.Notifications
---@field ['aircher/workspaceChanged'] aircher.WorkspaceChangedParams A repository this connection subscribed to, or the work on it, changed.
---@field ['aircher/delta'] aircher.DeltaParams A piece of text on its way to a result.
---@field ['aircher/waiting'] aircher.WaitingParams A request got in line for a busy provider, and its place; or it shares an answer.
---@field ['aircher/budget'] aircher.BudgetParams Spending crossed a limit's alert threshold, or a call was refused by it.
---@field ['aircher/statusChanged'] aircher.StatusChangedParams The daemon is busy or idle, and what was spent; at most once a second.

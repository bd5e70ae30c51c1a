// Made by `python protocol/generate` from aircher_protocol; changes here are lost.
/* eslint-disable */

/** JSON-RPC and LSP error codes that aircher answers with. */
export const Code = {
  /** The message is no JSON text. */
  ParseError: -32700,
  /** It is JSON and no JSON-RPC request, or not one for this moment. */
  InvalidRequest: -32600,
  /** There is no such method. */
  MethodNotFound: -32601,
  /** The parameters do not fit; `data.fields` names every one that is wrong. */
  InvalidParams: -32602,
  /** The daemon failed; its log has the details under `data.errorId`. */
  InternalError: -32603,
  /** `initialize` has to come first. */
  ServerNotInitialized: -32002,
  /** `$/cancelRequest` stopped it. */
  RequestCancelled: -32800,
  /** It was understood and could not be done; `data.kind` says why. */
  RequestFailed: -32803,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

/** Who counted tokens. */
export const CountedBy = {
  /** The provider's own count. */
  Provider: 'provider',
  /** A tokenizer on this machine: near. */
  Tokenizer: 'tokenizer',
  /** Nobody; there are not more than this. */
  Bound: 'bound',
} as const;
export type CountedBy = (typeof CountedBy)[keyof typeof CountedBy];

/** What to do with a piece of text that arrives before the result. */
export const DeltaKind = {
  /** Add it to the text so far. */
  Append: 'append',
  /** It is the whole text so far: a draft was repaired, or another model started over. */
  Replace: 'replace',
  /** The model thinks aloud; show it apart or not at all. */
  Thinking: 'thinking',
} as const;
export type DeltaKind = (typeof DeltaKind)[keyof typeof DeltaKind];

/** What is written. */
export const DocumentKind = {
  /** The documentation comment of what is selected, in the language's own form. */
  Docstring: 'docstring',
  /** A section of the project's front page. */
  Readme: 'readme',
} as const;
export type DocumentKind = (typeof DocumentKind)[keyof typeof DocumentKind];

/** How long a model may think before it answers; the nearest level it has is taken. */
export const Effort = {
  /** Not at all. */
  Off: 'off',
  /** As little as it can. */
  Minimal: 'minimal',
  /** A little. */
  Low: 'low',
  /** Some. */
  Medium: 'medium',
  /** Much. */
  High: 'high',
  /** As much as it can. */
  Max: 'max',
} as const;
export type Effort = (typeof Effort)[keyof typeof Effort];

/** The closed list of things that go wrong, for editors to tell apart. */
export const ErrorKind = {
  /** The provider refused the key; `aircher doctor` names the variable it comes from. */
  Authentication: 'authentication',
  /** Too many requests at once; wait `retryAfter` seconds, or allow another provider. */
  RateLimit: 'rateLimit',
  /** The account at the provider has no credit left; top it up or use another one. */
  QuotaExceeded: 'quotaExceeded',
  /** The request cannot be served as it is; the message says what to change. */
  InvalidRequest: 'invalidRequest',
  /** The text is longer than the model's window; send less, or name a larger model. */
  ContextLength: 'contextLength',
  /** The provider's filter refused the text; try another model. */
  ContentFilter: 'contentFilter',
  /** The provider has no such model; `aircher models --refresh` lists what it has. */
  ModelNotFound: 'modelNotFound',
  /** The provider failed; try again, or allow another one. */
  ServerError: 'serverError',
  /** The provider cannot be reached; check that it runs and that there is a network. */
  NetworkError: 'networkError',
  /** The provider took too long; try again, or raise the limit in `timeouts`. */
  Timeout: 'timeout',
  /** The answer broke off; `partialText` holds what had come; ask again for the whole. */
  Interrupted: 'interrupted',
  /** The model cannot do what was asked; nothing was sent; name another model. */
  Unsupported: 'unsupported',
  /** A limit of yours would be passed; `budget` says which; nothing was sent. */
  BudgetExceeded: 'budgetExceeded',
  /** No model can answer; start Ollama, or set a key and run `aircherd restart`. */
  NoModel: 'noModel',
  /** There is nothing to describe; stage something with `git add -p`. */
  NothingStaged: 'nothingStaged',
  /** The folder is in no git work tree; run `git init` or go to one. */
  NotARepository: 'notARepository',
  /** git could not answer; the message holds what it said. Never an empty answer. */
  GitRefused: 'gitRefused',
  /** The workspace is not trusted; look at its settings, then run `aircher trust`. */
  Untrusted: 'untrusted',
  /** What was asked about may not leave this machine; use a local model. */
  Withheld: 'withheld',
  /** A configuration file is wrong; `aircher config check` names each mistake. */
  InvalidConfig: 'invalidConfig',
  /** The books cannot be written, so nothing may be spent; free some disk space. */
  LedgerUnavailable: 'ledgerUnavailable',
  /** Something failed inside; `errorId` stands in `aircherd logs` beside the details. */
  Unknown: 'unknown',
} as const;
export type ErrorKind = (typeof ErrorKind)[keyof typeof ErrorKind];

/** What is written. */
export const GenerateKind = {
  /** New code at the cursor, or instead of the selection. */
  Code: 'code',
  /** Tests for the selection, or for the file, in the file where such tests belong. */
  Tests: 'tests',
} as const;
export type GenerateKind = (typeof GenerateKind)[keyof typeof GenerateKind];

/** How a place stands to what is asked about. */
export const NeighbourKind = {
  /** The symbol around the range, in the same document. */
  Enclosing: 'enclosing',
  /** Where something is defined that the range uses. */
  Definition: 'definition',
  /** Where the range's own symbol is used. */
  Reference: 'reference',
} as const;
export type NeighbourKind = (typeof NeighbourKind)[keyof typeof NeighbourKind];

/** What a user did with an answer. */
export const Outcome = {
  /** Taken as it was. */
  Accepted: 'accepted',
  /** Taken and changed. */
  Edited: 'edited',
  /** Not taken. */
  Rejected: 'rejected',
  /** A finding that was waved away. */
  Dismissed: 'dismissed',
  /** A fix that was made. */
  Applied: 'applied',
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** What is reviewed. */
export const ReviewScope = {
  /** The change that is staged. */
  Staged: 'staged',
  /** What the branch's commits change against their base. */
  Branch: 'branch',
  /** The selected lines. */
  Selection: 'selection',
  /** One file as it is. */
  File: 'file',
} as const;
export type ReviewScope = (typeof ReviewScope)[keyof typeof ReviewScope];

/** Who speaks in a conversation. */
export const Role = {
  /** Instructions that stand above the conversation. */
  System: 'system',
  /** The person, or the program, that asks. */
  User: 'user',
  /** The model. */
  Assistant: 'assistant',
  /** A function the model asked for; `content` is what it gave back. */
  Tool: 'tool',
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/** How much a finding matters, in LSP's words. */
export const Severity = {
  /** It breaks. */
  Error: 'error',
  /** It breaks under circumstances that will come. */
  Warning: 'warning',
  /** It is worth knowing. */
  Information: 'information',
  /** It could be better. */
  Hint: 'hint',
} as const;
export type Severity = (typeof Severity)[keyof typeof Severity];

/** What is summarized. */
export const SummaryScope = {
  /** One file, or the selected part of it. */
  File: 'file',
  /** The change that is staged, or, when nothing is, what is not staged yet. */
  Diff: 'diff',
  /** What the branch's commits change against their base. */
  Branch: 'branch',
  /** The branch's commits by their messages. */
  Log: 'log',
} as const;
export type SummaryScope = (typeof SummaryScope)[keyof typeof SummaryScope];

/** What a developer can be asking for. */
export const TaskKind = {
  /** A message for staged changes. */
  CommitMessages: 'commit_messages',
  /** A short account of something long. */
  Summaries: 'summaries',
  /** Faults and risks in code. */
  CodeReview: 'code_review',
  /** Comments, docstrings, pages. */
  Documentation: 'documentation',
  /** Better structure, same behaviour. */
  Refactoring: 'refactoring',
  /** Why something fails, and the remedy. */
  Debugging: 'debugging',
  /** A question with a short answer. */
  QuickQuestions: 'quick_questions',
  /** New code. */
  CodeGeneration: 'code_generation',
  /** None of these, or nothing is clear. */
  Default: 'default',
} as const;
export type TaskKind = (typeof TaskKind)[keyof typeof TaskKind];

/** What to do about the trust in a workspace. */
export const TrustAction = {
  /** Say how it stands. */
  Show: 'show',
  /** Accept its settings file as it was shown. */
  Accept: 'accept',
  /** Forget that it was accepted. */
  Revoke: 'revoke',
  /** Say whether the editor trusts its folder; counts for this connection. */
  Window: 'window',
} as const;
export type TrustAction = (typeof TrustAction)[keyof typeof TrustAction];

/** What vectors are for; some providers insist on being told. */
export const VectorPurpose = {
  /** Texts to be found. */
  Document: 'document',
  /** What they are looked for with. */
  Query: 'query',
  /** Telling kinds of text apart. */
  Classification: 'classification',
  /** Finding texts that are alike. */
  Clustering: 'clustering',
} as const;
export type VectorPurpose = (typeof VectorPurpose)[keyof typeof VectorPurpose];

/** What a user kept of one model's answers to one task. Counts and nearness; no text is kept. */
export interface AcceptanceLine {
  /** `provider/model`. */
  name: string;
  /** Which task. */
  task: TaskKind;
  /** Answers something is known of. */
  answers: number;
  /** Taken as they were. */
  kept: number;
  /** Taken and changed. */
  edited: number;
  /** Thrown away. */
  dropped: number;
  /** Mean nearness of what was kept to what was answered, 0 to 1. */
  acceptance: number;
}

/** One replacement, as LSP has it. */
export interface AnnotatedTextEdit {
  /** What is replaced. */
  range: Range;
  /** What stands there afterwards. */
  newText: string;
  /** Key of the annotation that says what it is for. */
  annotationId: string;
}

/** What every method that asks a model gives back. */
export interface Answer {
  /** Id of this operation in the books and the log. */
  requestId: string;
  /** The whole text, also when it was streamed. */
  text: string;
  /** `stop`, `length`, `content_filter`, ... ; anything but `stop` is worth showing. */
  finish: string;
  /** The model the caller named, if any. */
  requested?: string | null;
  /** Who answered; `aircher` for the rule-based drafter. */
  provider: string;
  /** Which model; `rules` for the rule-based drafter. */
  model: string;
  /** Whether it was answered on this machine. */
  local: boolean;
  /** Every call that was tried, the answering one last. */
  attempts?: AttemptLine[];
  /** Tokens of the answering call; null when no model was asked. */
  usage?: TokenUsage | null;
  /** What all attempts cost together. */
  cost: Money;
  /** What has been spent today, this included. */
  today: Money;
  /** From receipt to result. */
  durationMs: number;
  /** From receipt to the first piece of text; null when there was none. */
  firstTokenMs?: number | null;
  /** Why this model. */
  reason: Reason;
  /** What the user should know, each one line ending with what to do. */
  notices?: string[];
  /** Functions the model asks for, where it was offered any. */
  toolCalls?: ToolCall[];
  /** What belongs into the next request with this turn, for the model that made it. */
  state?: ModelState[];
}

/** Asks a question. */
export interface AskParams {
  /** The question. */
  prompt: string;
  /** Any path in the repository it is asked in, absolute, or its file URI. */
  workspace?: string | null;
  /** The conversation to go on with, as an earlier answer named it; null begins one. */
  conversation?: string | null;
  /** A file the question is about. */
  document?: DocumentRef | null;
  /** The part of it the question is about. */
  range?: Range | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** Upper bound of the answer; null for the task's own. */
  maxOutputTokens?: number | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** An answer, and the conversation it belongs to. */
export interface AskResult {
  /** The text, who wrote it, what it cost and why. */
  answer: Answer;
  /** Give it back with the next question to go on. */
  conversation: string;
  /** What the model did not see: parts of the file, earlier turns. */
  leftOut?: LeftOut[];
}

/** One call that was tried for this answer. */
export interface AttemptLine {
  /** Who was asked. */
  provider: string;
  /** Which model. */
  model: string;
  /** `done`, `interrupted`, `cancelled`, or an error kind. */
  outcome: string;
  /** Whether the provider may have seen the text. */
  sent: boolean;
  /** What it cost. */
  cost: Money;
  /** What went wrong, in words. */
  error?: string | null;
}

/** Sent once each time spending crosses a threshold of a limit, or is refused by it. */
export interface BudgetParams {
  /** `warning` at the alert threshold, `exceeded` when a call was refused. */
  level: string;
  /** The limit. */
  line: LimitLine;
  /** For the user. */
  message: string;
}

/** The limit that refused a call, in whole nano-dollars. */
export interface BudgetState {
  /** Which limit, such as `daily`. */
  scope: string;
  /** The limit. */
  limit: number;
  /** What is settled already. */
  spent: number;
  /** What calls in flight may still cost. */
  held: number;
  /** What this call could cost at most. */
  needed: number;
  /** When the limit starts anew, ISO 8601; null when it never does. */
  resetsAt?: string | null;
}

/** A model that may answer. */
export interface CandidateLine {
  /** Its provider. */
  provider: string;
  /** Its name there. */
  model: string;
  /** Whether it runs on this machine. */
  local: boolean;
  /** Why it stands at this place. */
  why: string;
  /** What the call will probably cost. */
  expected: Money;
  /** What it can cost at most; this much is reserved before anything is sent. */
  worst: Money;
}

/** What an edit is for, as LSP has it. */
export interface ChangeAnnotation {
  /** In a few words. */
  label: string;
  /** Whether the user should see it before it is made: always. */
  needsConfirmation?: boolean;
  /** In a sentence. */
  description?: string;
}

/** A file that was changed in the last minutes. */
export interface ChangedFile {
  /** In the repository. */
  path: string;
  /** LSP's identifier, by its name; null when the name does not tell. */
  language?: string | null;
  /** ISO 8601, UTC. */
  changedAt: string;
}

/** One turn of a conversation. */
export interface ChatMessage {
  /** Who speaks. */
  role: Role;
  /** What is said. */
  content?: string;
  /** What is said after `content`, where pictures stand among the words. */
  parts?: ChatPart[];
  /** Functions the model asked for in this turn of its own. */
  toolCalls?: ToolCall[];
  /** The call this is the result of, for the role `tool`. */
  toolCallId?: string | null;
  /** What came with this turn of the model's own; given back unchanged. */
  state?: ModelState[];
}

/** A conversation to be continued, for scripts that write their own prompts. */
export interface ChatParams {
  /** The turns so far; the last is the user's, or the result of a tool. */
  messages: ChatMessage[];
  /** Any path in the repository it is about, absolute, or its file URI. */
  workspace?: string | null;
  /** What kind of work it is; null to have it detected. */
  task?: TaskKind | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** Upper bound of the answer; null for the task's own. */
  maxOutputTokens?: number | null;
  /** Sent only to models that take it; dropped with a notice otherwise. */
  temperature?: number | null;
  /** As `temperature`. */
  topP?: number | null;
  /** Where a model takes one, the same seed gives much the same answer. */
  seed?: number | null;
  /** As `temperature`. */
  presencePenalty?: number | null;
  /** As `temperature`. */
  frequencyPenalty?: number | null;
  /** Texts at which the answer ends. */
  stop?: string[];
  /** How long it may think; null leaves it to the task. */
  effort?: Effort | null;
  /** Functions the model may ask for. */
  tools?: ToolOffer[];
  /** `auto`, `none`, `required`, or the name of the one to ask for. */
  toolChoice?: string | null;
  /** False asks for one call at a time, where the model can be told. */
  parallelToolCalls?: boolean;
  /** Asks for JSON; null leaves it free. */
  responseFormat?: JsonFormat | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** A piece of what is said: words, or a picture. Exactly one of `text`, `data`, `url`. */
export interface ChatPart {
  /** Words. */
  text?: string | null;
  /** The bytes of a picture, base64. */
  data?: string | null;
  /** What `data` is, such as `image/png`. */
  mediaType?: string | null;
  /** The address of a picture, which the provider fetches itself. */
  url?: string | null;
}

/** One rule of the repository's convention, held against the message. */
export interface Check {
  /** Such as `type-enum` or `subject-max-length`, after commitlint where it has the rule. */
  rule: string;
  /** Whether the final message keeps it. */
  ok: boolean;
  /** What was found, for a person. */
  detail: string;
  /** Whether the draft broke it and was mended. */
  repaired?: boolean;
}

/** A message that can be committed as it stands. */
export interface CommitMessage {
  /** The text, who wrote it, what it cost and why. */
  answer: Answer;
  /** Its first line. */
  subject: string;
  /** The rest, without the blank line between; empty when there is none. */
  body: string;
  /** What was learned of the repository's habit, in one line. */
  convention: string;
  /** Each rule and whether it is kept. */
  checks: Check[];
  /** How many files are staged. */
  files: number;
  /** What the model did not see. */
  leftOut?: LeftOut[];
}

/** Asks for a message for what is staged. */
export interface CommitMessageParams {
  /** Any path in the repository, absolute, or its file URI. */
  workspace: string;
  /** What the user wants said or changed. */
  hint?: string | null;
  /** A message the user rejected; the new one will differ. */
  previous?: string | null;
  /** `provider/model` to use it and no other; `aircher/rules` for the rule-based drafter. */
  model?: string | null;
  /** Describe HEAD's own change together with what is staged. */
  amend?: boolean;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** One mistake in a configuration file. */
export interface ConfigProblem {
  /** The file. */
  file: string;
  /** 1-based; 0 when the whole file is meant. */
  line: number;
  /** 1-based; 0 when the whole line is meant. */
  column: number;
  /** What is wrong. */
  message: string;
  /** What to write instead. */
  hint?: string;
}

/** Teaches what a message was, forgets everything taught, or with neither asks for the list. */
export interface CorrectTaskParams {
  /** What the user typed; may be empty. */
  message?: string | null;
  /** What it was. The message itself is not kept, only hashes of its telling words. */
  task?: TaskKind | null;
  /** Any path in the repository, absolute, or its file URI, for a message like `go`. */
  workspace?: string | null;
  /** Forget every correction; sent alone. */
  reset?: boolean;
}

/** Asks how many tokens a conversation is at a model. */
export interface CountTokensParams {
  /** The conversation. */
  messages: ChatMessage[];
  /** `provider/model`: each counts differently. */
  model: string;
  /** Any path in the repository it is from, absolute, or its file URI. */
  workspace?: string | null;
  /** Name of the program that asks. */
  client?: string | null;
}

/** How many tokens a conversation is. */
export interface CountedTokens {
  /** How many. */
  tokens: number;
  /** Who counted. */
  how: CountedBy;
  /** At which provider. */
  provider: string;
  /** At which model. */
  model: string;
  /** Why it is not the provider's own count; null when it is. */
  why: string | null;
}

/** A file to be made, as LSP has it. */
export interface CreateFile {
  /** Always `create`. */
  kind?: string;
  /** Its URI. */
  uri: string;
  /** What to do when it is there already. */
  options: CreateFileOptions;
  /** Key of the annotation that says what it is for. */
  annotationId: string;
}

/** What to do when the file is there already. */
export interface CreateFileOptions {
  /** Never set: nothing is overwritten. */
  overwrite?: boolean;
  /** Go on with the edits. */
  ignoreIfExists?: boolean;
}

/** What one group cost on one day. */
export interface DayPart {
  /** The local date, such as `2026-11-21`. */
  date: string;
  /** The group's name. */
  name: string;
  /** What it cost. */
  cost: Money;
}

/** A piece of text on its way to a result. */
export interface DeltaParams {
  /** The request's `deltaToken`. */
  token: string | number;
  /** 1, 2, 3, ... without gaps. */
  seq: number;
  /** What to do with it. Applying all of them in order gives the result's text. */
  kind: DeltaKind;
  /** The text. */
  text: string;
}

/** One request that was about to leave. */
export interface Departed {
  /** When, ISO 8601, UTC. */
  at: string;
  /** The request it belongs to. */
  operation: string;
  /** Who asked. */
  client: string;
  /** For which workspace. */
  workspace?: string | null;
  /** For whom. */
  provider: string;
  /** For which model. */
  model: string;
  /** Scheme, host and port it went to. */
  origin: string;
  /** Length of its body. */
  bytes: number;
  /** SHA-256 of its body. */
  sha256: string;
  /** Secrets that were taken out of it. */
  masked?: MaskedSecret[];
  /** Secrets that were left in it, because the request asked for that. */
  unmasked?: MaskedSecret[];
  /** The body; kept only with `outbound.keep_text = true`. */
  body?: string | null;
}

/** Asks what a message would be taken for. Nothing is sent anywhere. */
export interface DetectTaskParams {
  /** What the user typed; may be empty. */
  message: string;
  /** Any path in the repository, absolute, or its file URI. */
  workspace?: string | null;
  /** The editor command that was used, such as `commit`. */
  command?: string | null;
}

/** What a message is taken for. */
export interface DetectedTask {
  /** The task; `default` when nothing is clear. */
  task: TaskKind;
  /** 0 to 1. */
  confidence: number;
  /** Why, strongest first. */
  evidence: EvidenceLine[];
}

/** How many problems an editor shows, by severity. */
export interface DiagnosticCounts {
  /** Errors. */
  errors?: number;
  /** Warnings. */
  warnings?: number;
  /** Information. */
  information?: number;
  /** Hints. */
  hints?: number;
}

/** A problem an editor shows, as far as a model needs it. */
export interface DiagnosticRef {
  /** What is said of it. */
  message: string;
  /** Where; null goes by the request's own range. */
  range?: Range | null;
  /** Who says so, such as `mypy`. */
  source?: string | null;
  /** Its rule, such as `F401`. */
  code?: string | number | null;
}

/** Asks for documentation. */
export interface DocumentParams {
  /** The file that is documented. */
  document: DocumentRef;
  /** What of it; null means all of it. */
  range?: Range | null;
  /** What is written. */
  kind?: DocumentKind;
  /** What the user wants said. */
  instruction?: string | null;
  /** Any path in the repository, absolute, or its file URI; null goes by the document. */
  workspace?: string | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** A file, and what an editor knows of it. */
export interface DocumentRef {
  /** Its URI. */
  uri: string;
  /** The editor's version of it; null when it is not open there. */
  version?: number | null;
  /** Its text; null takes the daemon's synced copy, or the file on disk inside the workspace. */
  text?: string | null;
  /** The editor's name for its language; null judges by the file's name. */
  languageId?: string | null;
  /**
   * What the editor's other language servers say stands near the range, the nearest first; what
   * fits is shown to the model, the rest is named in `leftOut`.
   */
  neighbours?: Neighbour[];
}

/** A file that stands open in an editor. */
export interface DocumentState {
  /** Its path or file URI. */
  path: string;
  /** The editor's name for its language. */
  language?: string | null;
  /** Whether it holds changes that are not on disk. */
  unsaved?: boolean;
}

/** Something the model said that is not shown. */
export interface DroppedFinding {
  /** Why it was dropped. */
  why: string;
  /** What it said, in a few words. */
  title: string;
}

/** What a daemon knows of itself. */
export interface Dump {
  /**
   * A JSON object: versions, process, requests, tasks, endpoints, settings.
   * Its fields are for people and may change; no key, no prompt and no answer is in it.
   */
  text: string;
}

/** Asks for what helps to find a fault. */
export interface DumpParams {
}

/** An edit for the user to look at. Nothing is changed by asking for it. */
export interface EditProposal {
  /** What was done, in words, who did it, what it cost and why. */
  answer: Answer;
  /**
   * The edit; null when there is none to make, or none that fits: the answer's text and notices
   * say why.
   */
  edit?: WorkspaceEdit | null;
  /** The edit in a few words, for a menu. */
  label: string;
  /** Whether the result was parsed. */
  checked: SyntaxCheck;
  /** What the model did not see. */
  leftOut?: LeftOut[];
}

/** Asks for a vector for each of some texts. */
export interface EmbedParams {
  /** The texts, 2,048 at most; none may be empty. */
  texts: string[];
  /** `provider/model`; null takes the usual one. Vectors of two models cannot be compared. */
  model?: string | null;
  /** What the vectors are for. */
  purpose?: VectorPurpose;
  /** Length of each vector, for models that can be told; null leaves it to the model. */
  dimensions?: number | null;
  /** Any path in the repository the texts are from, absolute, or its file URI. */
  workspace?: string | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
}

/** A vector for each text. */
export interface Embedded {
  /** In the order of the texts. */
  vectors: number[][];
  /** Names the operation in the books. */
  requestId: string;
  /** Who made them. */
  provider: string;
  /** With which model. */
  model: string;
  /** Whether on this machine. */
  local: boolean;
  /** Tokens; null when nothing is known. */
  usage: TokenUsage | null;
  /** What it cost. */
  cost: Money;
  /** From request to answer. */
  durationMs: number;
  /** What the user should know. */
  notices?: string[];
}

/** One place a provider is asked at: the only one, or one replica of several. */
export interface EndpointLine {
  /** The provider's name, with a number for a replica. */
  name: string;
  /** `closed`: asked as usual. `open`: left alone. `half-open`: the next request tries it. */
  circuit: string;
  /** Seconds until it may be asked again; 0 when it may. */
  coolingSeconds: number;
  /** Requests it is answering. */
  inFlight: number;
  /** Requests in line for it. */
  waiting: number;
  /** Requests it is given at once; null for no limit. */
  atOnce?: number | null;
  /** Whole answers since the daemon started. */
  answers: number;
  /** Failed attempts since the daemon started. */
  failures: number;
  /** Since it was last asked; null before the first time. */
  lastUsedSecondsAgo?: number | null;
  /** Median time to the first text, in milliseconds; null before the first answer. */
  firstP50Ms?: number | null;
  /** The same for nine answers out of ten. */
  firstP90Ms?: number | null;
  /** The same for ninety-nine out of a hundred. */
  firstP99Ms?: number | null;
  /** Requests its rate limit still allows; null when it says nothing of one. */
  requestsLeft?: number | null;
  /** Tokens its rate limit still allows; null when it says nothing of one. */
  tokensLeft?: number | null;
  /** What went wrong last; null when nothing did. */
  lastError?: string | null;
  /** How long ago that was. */
  lastErrorSecondsAgo?: number | null;
}

/**
 * What a method's error carries as `data`.
 *
 * Errors of the conversation itself (no JSON, no such method, cancelled) carry none.
 */
export interface ErrorData {
  /** What went wrong. */
  kind: ErrorKind;
  /** Whether the same request may succeed later unchanged. */
  retryable?: boolean;
  /**
   * The same in the words of older documents, where they have one: `PROVIDER_NOT_FOUND`,
   * `PROVIDER_AUTH_ERROR`, `PROVIDER_RATE_LIMIT_ERROR` or `PROVIDER_API_ERROR`.
   */
  code?: string | null;
  /** Stands in the daemon's log beside the details. */
  errorId: string;
  /** Seconds to wait before trying again, where known. */
  retryAfter?: number | null;
  /** The provider that failed, where one did. */
  provider?: string | null;
  /** The model that failed, where one did. */
  model?: string | null;
  /** Set for `budgetExceeded`. */
  budget?: BudgetState | null;
  /** Set for invalid parameters: every field that is wrong, at once. */
  fields?: FieldError[];
  /** What had arrived when an answer broke off. */
  partialText?: string | null;
}

/** One reason to believe in a task. */
export interface EvidenceLine {
  /** The task it speaks for. */
  task: TaskKind;
  /** How much it adds. */
  weight: number;
  /** The reason, for a person. */
  text: string;
}

/** Asks what code does. */
export interface ExplainParams {
  /** Any path in the repository, absolute, or its file URI; null goes by the document. */
  workspace?: string | null;
  /** The file; null explains the project by its front page and layout. */
  document?: DocumentRef | null;
  /** What is to be explained; null means all of the file. */
  range?: Range | null;
  /** What the user wants to know of it. */
  instruction?: string | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** A log, written in the last minutes, whose end tells of a failure. */
export interface FailedLog {
  /** In the repository. */
  path: string;
  /** The last line that says so. */
  line: string;
  /** ISO 8601, UTC. */
  changedAt: string;
}

/** Tells what became of an answer. */
export interface FeedbackParams {
  /** The answer's `requestId`. */
  operation: string;
  /** What the user did. */
  outcome: Outcome;
  /** Which finding of a review; null means the whole answer. */
  finding?: string | null;
}

/** What was made of it. */
export interface FeedbackResult {
  /** False when no such answer is known any more. */
  kept: boolean;
}

/** One field of the parameters that does not fit. */
export interface FieldError {
  /** Where it is, such as `messages[0].role`. */
  path: string;
  /** What is wrong with it. */
  message: string;
}

/** One fault, at a line that was changed. */
export interface Finding {
  /** Names it in `aircher/feedback`; the same finding has the same id in the next review. */
  id: string;
  /** The file. */
  uri: string;
  /** The line or lines it is about, as they are now. */
  range: Range;
  /** How much it matters. */
  severity: Severity;
  /** The fault in a few words. */
  title: string;
  /** Why it breaks. */
  why: string;
  /** The line it is about, word for word. */
  quote: string;
  /** A small remedy; null when there is none. */
  fix?: WorkspaceEdit | null;
}

/** Asks for the remedy of a problem. */
export interface FixParams {
  /** The file. */
  document: DocumentRef;
  /** Where the problem is; null goes by the diagnostic. */
  range?: Range | null;
  /** The problem as an editor shows it. */
  diagnostic?: DiagnosticRef | null;
  /** The problem as text: an error message, a traceback, a failing test's output. */
  error?: string | null;
  /** What the user adds. */
  instruction?: string | null;
  /** Any path in the repository, absolute, or its file URI; null goes by the document. */
  workspace?: string | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** Asks to forget usage and what is kept beside it: of a workspace, of an age, or of both. */
export interface ForgetParams {
  /** Absolute path of its root, or its file URI. */
  workspace?: string | null;
  /** 0 means everything before today. */
  olderThanDays?: number | null;
}

/** What was forgotten. */
export interface Forgotten {
  /** Calls taken out of the books. */
  deleted: number;
  /** Calls of this month or week: their amounts stay for the limits, their names are gone. */
  nameless: number;
  /** Lines taken out of the list of what was sent. */
  sent: number;
  /** Answers kept on disk that are gone. */
  answers?: number;
  /** Records of what was kept of suggestions, and corrections of the task detector. */
  learned?: number;
  /** Lines taken out of the log. */
  logged?: number;
}

/** Asks for new code. */
export interface GenerateParams {
  /** The file it is for; null gives the code as text only. */
  document?: DocumentRef | null;
  /** Where it goes. */
  position?: Position | null;
  /** What it replaces, or, for `tests`, what is tested. */
  range?: Range | null;
  /** What the user wants; may be empty for `tests`. */
  instruction: string;
  /** What is written. */
  kind?: GenerateKind;
  /** Any path in the repository, absolute, or its file URI; null goes by the document. */
  workspace?: string | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** Asks for pictures. */
export interface ImageParams {
  /** What they should show. */
  prompt: string;
  /** `provider/model`; null takes the usual one, which the answer names. */
  model?: string | null;
  /** How many, 10 at most; some providers make one at a time. */
  count?: number;
  /** Such as `1024x1024`, or the provider's own word for one; null leaves it to the model. */
  size?: string | null;
  /** The provider's own word for it; null leaves it to the model. */
  quality?: string | null;
  /** Any path in the repository they are for, absolute, or its file URI. */
  workspace?: string | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
}

/** Asks for JSON: any object, or one that fits a schema. */
export interface JsonFormat {
  /** JSON Schema of the answer; null: any object. */
  schema?: Record<string, unknown> | null;
  /** What the schema is called. */
  name?: string;
}

/** How quick one model was over its latest whole answers, in milliseconds. */
export interface LatencyLine {
  /** `provider/model`. */
  name: string;
  /** How many answers the figures are of. */
  answers: number;
  /** To the first piece of text; null when no answer told. */
  firstMedian?: number | null;
  /** Nine of ten were quicker. */
  firstP90?: number | null;
  /** To the end. */
  median: number;
  /** Nine of ten were quicker. */
  p90: number;
}

/** A file, or part of one, that was not sent to the model. */
export interface LeftOut {
  /** Its path in the repository; bytes that are not UTF-8 are shown as \xNN. */
  path: string;
  /** Such as `lock file`, `binary`, `3 of 9 hunks`. */
  why: string;
}

/** Where one limit stands. */
export interface LimitLine {
  /** Such as `daily`. */
  label: string;
  /** The limit. */
  limit: Money;
  /** Settled in this period. */
  spent: Money;
  /** What calls in flight may still cost. */
  held: Money;
  /** When the period ends, ISO 8601 with the user's offset. */
  resetsAt: string;
}

/** A path that differs between the index and the work tree. */
export interface LocalFile {
  /** In the repository; ends with `/` for a folder told as a whole. */
  path: string;
  /** The letter git has for it: A, D, M, T, U, or ? when it is untracked. */
  kind: string;
  /** Bytes; null when it is gone, is a folder, or was not measured. */
  size?: number | null;
}

/** One kind of secret that was replaced by placeholders. */
export interface MaskedSecret {
  /** The rule that found it. */
  kind: string;
  /** How many different ones. */
  count: number;
}

/** Figures of this moment. */
export interface Metrics {
  /** OpenMetrics text; figures that are not known are left out. */
  text: string;
}

/** Asks for figures a monitor can read. */
export interface MetricsParams {
}

/** One model. */
export interface ModelLine {
  /** Its provider. */
  provider: string;
  /** Its name there. */
  model: string;
  /** Whether it runs on this machine. */
  local: boolean;
  /** Whether a request could go to it now. */
  usable: boolean;
  /** Why not, when it is not usable; what it is chosen for, when it is. */
  why: string;
  /** Tokens of prompt and answer together. */
  context?: number | null;
  /** Tokens an answer may have. */
  maxOutput?: number | null;
  /** USD per million prompt tokens; null when unknown. */
  inputPerMillion?: string | null;
  /** USD per million answer tokens; null when unknown. */
  outputPerMillion?: string | null;
  /** 0 to 1 over coding tasks. */
  quality?: number | null;
  /** What it can do. */
  capabilities?: string[];
  /** What it is asked first for. */
  tasks?: TaskKind[];
  /** Half of its latest answers began sooner; null when it has not answered here. */
  firstTokenMs?: number | null;
  /** Half of its latest answers were whole sooner. */
  answerMs?: number | null;
  /** How many answers these figures are of. */
  answers?: number;
  /** The day it is or was switched off, where that is announced. */
  retires?: string | null;
}

/** What can be used. */
export interface ModelList {
  /** Usable ones first. */
  models: ModelLine[];
  /** Source and day of the prices. */
  priceTable: string;
}

/** What only the maker of a turn understands, such as the signature of its thinking. */
export interface ModelState {
  /** Who made it. */
  provider: string;
  /** Which model; no other one is given it. */
  model: string;
  /** As it was made. */
  payload: Record<string, unknown>;
}

/** Asks which models can be used. */
export interface ModelsParams {
  /** Ask the providers again instead of answering from memory. */
  refresh?: boolean;
}

/** An amount, for programs and for people. */
export interface Money {
  /** Whole nano-dollars; null when the price is unknown. */
  nanoUsd: number | null;
  /** Such as `$0.0004` or `unknown`. */
  text: string;
  /** Whether any number behind it is our own count rather than the provider's. */
  estimated?: boolean;
}

/**
 * A place an editor's own symbols name. Only the place is sent: the daemon reads the lines
 * itself, inside the same workspace and under its rules.
 */
export interface Neighbour {
  /** How it stands to what is asked about. */
  kind: NeighbourKind;
  /** The file. */
  uri: string;
  /** Its lines; for a definition all of it, or its name. */
  range: Range;
}

/**
 * Tells what only an editor or a shell can know. Kept in memory; nothing of it is sent on.
 *
 * What is left out stays as it was told before. What an editor told is dropped with its
 * connection.
 */
export interface NoteParams {
  /** Any path in the repository, absolute, or its file URI. */
  workspace: string;
  /** All that stand open. */
  documents?: DocumentState[] | null;
  /** What is selected. */
  selection?: SelectionState | null;
  /** How many problems are shown. */
  diagnostics?: DiagnosticCounts | null;
  /** A command that was run. */
  command?: RanCommand | null;
}

/** What became of a note. */
export interface Noted {
  /** Absolute path of the work tree it was taken for. */
  root: string;
  /** False when nobody watches that repository, so that nobody could see the note. */
  kept: boolean;
}

/** Asks what has left for models on other machines. */
export interface OutboxParams {
  /** How many lines, the newest first. */
  limit?: number;
  /** Only this request. */
  operation?: string | null;
}

/** What has left, the newest first. */
export interface OutboxResult {
  /** The lines. */
  sent?: Departed[];
  /** Whether bodies are kept. */
  keepsText: boolean;
}

/** One picture. */
export interface PictureFile {
  /** Its bytes, base64. */
  data: string;
  /** Such as `image/png`. */
  mediaType: string;
}

/** Pictures. */
export interface Pictured {
  /** As many as were made. */
  pictures: PictureFile[];
  /** Words the model sent along; often empty. */
  text: string;
  /** Names the operation in the books. */
  requestId: string;
  /** Who made them. */
  provider: string;
  /** With which model. */
  model: string;
  /** Whether on this machine. */
  local: boolean;
  /** Tokens; null when nothing is known. */
  usage: TokenUsage | null;
  /** What it cost. */
  cost: Money;
  /** From request to answer. */
  durationMs: number;
  /** What the user should know. */
  notices?: string[];
}

/** Asks what a request would send, to whom, and what it could cost. Nothing is sent. */
export interface PlanParams {
  /** The method that would be called, such as `aircher/commitMessage`. */
  method: string;
  /** Its parameters. */
  params: Record<string, unknown>;
}

/** What would happen. */
export interface PlanResult {
  /** Which models, in which order, and why. */
  reason: Reason;
  /** Who would be asked first; `aircher` when only the rule-based drafter is left. */
  provider: string;
  /** Which model. */
  model: string;
  /** Whether the text would stay on this machine. */
  local: boolean;
  /** Scheme, host and port it would go to; null when nothing would be sent. */
  origin?: string | null;
  /** The exact text that would be sent. */
  messages?: ChatMessage[];
  /** Its length in UTF-8 bytes. */
  promptBytes?: number;
  /** Our estimate of its length in tokens. */
  promptTokens?: number | null;
  /** The longest answer that would be allowed. */
  maxOutputTokens?: number | null;
  /** What it could cost at most. */
  worst: Money;
  /** What it will probably cost. */
  expected: Money;
  /** What would not be sent. */
  leftOut?: LeftOut[];
  /** What the user should know. */
  notices?: string[];
  /** The request's body byte for byte, UTF-8; null when nothing would be sent. */
  body?: string | null;
  /** SHA-256 of those bytes, as `aircher/outbox` shows it afterwards. */
  sha256?: string | null;
  /** Secrets that were taken out of it. */
  masked?: MaskedSecret[];
}

/** A place between two characters, as LSP has it. */
export interface Position {
  /** 0-based. */
  line: number;
  /** 0-based, in units of the session's position encoding. */
  character: number;
}

/** What the month will have cost once it is over. About four months in five end in the range. */
export interface ProjectionLine {
  /** The lower end of the range. */
  low: Money;
  /** The middle. */
  likely: Money;
  /** The upper end of the range. */
  high: Money;
  /** Whole days of history it is drawn from. */
  days: number;
}

/** A text for a person, in Markdown. */
export interface Prose {
  /** The text, who wrote it, what it cost and why. */
  answer: Answer;
  /** What the model did not see. */
  leftOut?: LeftOut[];
}

/** One provider. */
export interface ProviderLine {
  /** Its name in the configuration and the books. */
  name: string;
  /** Which kind of API it speaks. */
  family: string;
  /** Scheme, host and port; the only place its key is ever sent to. */
  origin: string;
  /** Whether it runs on this machine. */
  local: boolean;
  /** Environment variable its key is looked for in. */
  keyVariable?: string | null;
  /** Whether a key was found. The key itself is never shown. */
  keyPresent?: boolean;
  /** Whether a request could go to it now. */
  usable: boolean;
  /** `ready`, `no key`, `unreachable`, `cooling down`, `off`, `unchecked`. */
  state: string;
  /** The last failure in words, with what to do. */
  detail?: string;
  /** How many models it offers; null when it was not asked. */
  models?: number | null;
  /** How it is doing, from the traffic; empty when it cannot be asked at all. */
  endpoints?: EndpointLine[];
}

/** Every provider that is configured or built in. */
export interface ProviderList {
  /** In the order they are tried. */
  providers: ProviderLine[];
}

/** Asks about providers. */
export interface ProvidersParams {
  /** Ask each one whether it answers, at no cost in tokens. */
  check?: boolean;
}

/** A command that was run in the workspace. */
export interface RanCommand {
  /** As it was typed. */
  text: string;
  /** Null when it is not known. */
  exitCode?: number | null;
  /** ISO 8601, UTC; null in what is sent to the daemon, which knows the time. */
  at?: string | null;
}

/** What lies between two places, as LSP has it. */
export interface Range {
  /** Its beginning. */
  start: Position;
  /** Its end, not included. */
  end: Position;
}

/** Why this model: the same object in the answer, the log and the usage row. */
export interface Reason {
  /** What the request was taken for. */
  task: TaskKind;
  /** How firmly, 0 to 1. */
  confidence: number;
  /** Why it was taken for that. */
  evidence?: EvidenceLine[];
  /** Models in the order they are tried. */
  candidates?: CandidateLine[];
  /** Models that were not, and why. */
  refused?: RefusalLine[];
  /** The whole in one line. */
  summary: string;
}

/** Asks for another structure with the same behaviour. */
export interface RefactorParams {
  /** The file. */
  document: DocumentRef;
  /** The code to be changed. */
  range: Range;
  /** What the user wants of it. */
  instruction: string;
  /** Any path in the repository, absolute, or its file URI; null goes by the document. */
  workspace?: string | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** A provider or model that may not answer. */
export interface RefusalLine {
  /** The provider. */
  provider: string;
  /** The model; null when the whole provider is refused. */
  model?: string | null;
  /** The reason, in words a user can act on. */
  why: string;
}

/** Asks the daemon to read its configuration again. */
export interface ReloadParams {
}

/** What reading the configuration again gave. */
export interface ReloadResult {
  /** Whether anything is different now. */
  changed: boolean;
  /** Every mistake found; the settings they touch keep their defaults. */
  problems?: ConfigProblem[];
}

/** A request that is with a model, or waits for one. */
export interface RequestLine {
  /** What it is taken for, such as `commit_messages`. */
  task: string;
  /** Who asked, by its own name. */
  client: string;
  /** Whom it is with, or waits for; null before the first was chosen. */
  provider?: string | null;
  /** Which of its models. */
  model?: string | null;
  /** `waiting`: in line, or between two tries. `asked`: no text yet. `writing`: text comes. */
  stage: string;
  /** Since it was asked for. */
  seconds: number;
}

/** What was found. */
export interface Review {
  /** The findings as text, who found them, what it cost and why. */
  answer: Answer;
  /** By file and line; with none, `complete` tells a clean review from one nobody could read. */
  findings: Finding[];
  /** False when the model's answer could not be read or was cut: faults may be missing. */
  complete?: boolean;
  /** What the model said and could not be held to. */
  dropped?: DroppedFinding[];
  /** What the model did not see. */
  leftOut?: LeftOut[];
}

/** Asks for the faults of a change or of code. */
export interface ReviewParams {
  /** Any path in the repository, absolute, or its file URI. */
  workspace: string;
  /** What is reviewed. */
  scope?: ReviewScope;
  /** The file; for `selection` and `file`. */
  document?: DocumentRef | null;
  /** The selection; for `selection`. */
  range?: Range | null;
  /** Branch, tag or commit a branch is compared with; null finds it. */
  base?: string | null;
  /** What the user wants looked at. */
  instruction?: string | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** What was paid, against what one model would have cost for the same tokens. */
export interface SavingsLine {
  /** That model, `provider/model`. */
  baseline: string;
  /** What it would have cost. */
  instead: Money;
  /** What was paid. */
  paid: Money;
  /** The difference; below zero when the baseline would have been cheaper. */
  saved: Money;
  /** Saved part, 0 to 1; null when the baseline costs nothing. */
  share: number | null;
}

/** What is selected in an editor. */
export interface SelectionState {
  /** Path or file URI of the document. */
  path: string;
  /** 1-based. */
  firstLine: number;
  /** 1-based, the last line that is touched. */
  lastLine: number;
}

/** A path that differs between HEAD and the index. */
export interface StagedFile {
  /** In the repository; bytes that are not UTF-8 are shown as \xNN. */
  path: string;
  /** Where it was, for renames and copies. */
  oldPath?: string | null;
  /** The letter git has for it: A, C, D, M, R, T, U. */
  kind: string;
  /** Bytes of the new content; null when there is none or it is not known. */
  size?: number | null;
}

/** How the daemon is. */
export interface Status {
  /** Of the daemon. */
  version: string;
  /** Version of this protocol. */
  protocol: number;
  /** Process id. */
  pid: number;
  /** Since it started. */
  uptimeSeconds: number;
  /** Connected editors and scripts. */
  sessions: number;
  /** Requests being answered, beside the one for this status. */
  inFlight: number;
  /** Whether a model is being asked. */
  busy: boolean;
  /** Whether a call that has ended is still being booked. */
  settling?: boolean;
  /** Those of them that are with a model or wait for one, longest first; a hundred at most. */
  requests?: RequestLine[];
  /** Whether only this machine is used. */
  offline: boolean;
  /** `ok`, or why nothing can be spent. */
  ledger: string;
  /** Who answered last. */
  lastModel?: string | null;
  /** Spent since local midnight. */
  today: Money;
  /** Spent since the first of the month. */
  month: Money;
  /** Every limit in force. */
  limits?: LimitLine[];
  /** What the user should know, each one line ending with what to do. */
  notices?: string[];
}

/** Sent at most once a second while something changes. */
export interface StatusChangedParams {
  /** Whether a model is being asked. */
  busy: boolean;
  /** Requests being answered. */
  inFlight: number;
  /** What the newest one is. */
  task?: TaskKind | null;
  /** Who answers it, or answered last. */
  model?: string | null;
  /** What the last answer cost. */
  last?: Money | null;
  /** Spent since local midnight. */
  today: Money;
  /** Spent by this daemon since it started. */
  session?: Money | null;
  /** Spent since the first of the month. */
  month?: Money | null;
  /**
   * `none` (no limit is set), `ok`, `near` (an alert threshold is crossed), `reached`, or
   * `unknown` while the books cannot be read.
   */
  limitState?: string;
  /** The limit of which the greatest part is spent or held. */
  limit?: LimitLine | null;
}

/** Asks how the daemon is. */
export interface StatusParams {
}

/** Asks for a short account. */
export interface SummarizeParams {
  /** Any path in the repository, absolute, or its file URI. */
  workspace: string;
  /** Of what. */
  scope: SummaryScope;
  /** The file; for `file`. */
  document?: DocumentRef | null;
  /** Part of it; for `file`. */
  range?: Range | null;
  /** Branch, tag or commit a branch is compared with; null finds it. */
  base?: string | null;
  /** What the user wants of the account. */
  instruction?: string | null;
  /** `provider/model` to use it and no other. */
  model?: string | null;
  /** When set, text arrives as `aircher/delta` with this token before the result. */
  deltaToken?: string | number | null;
  /** Name of the program that asks, for the books. */
  client?: string | null;
  /** The same key within a day means the same request: asked and paid once, answered alike. */
  idempotencyKey?: string | null;
  /**
   * Go on when the connection ends: the answer is given under the idempotency key, within a day.
   * A cancel ends it all the same.
   */
  finishUnattended?: boolean;
  /**
   * Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
   * log and the list of what was sent say so.
   */
  sendSecrets?: string[];
}

/** Whether the result was parsed. */
export interface SyntaxCheck {
  /** What parsed it, such as `python` or `tree-sitter`; null when nothing here can. */
  parser: string | null;
  /** Whether the model's first edit was broken and it was asked to mend it. */
  repaired?: boolean;
  /** In words. */
  detail: string;
}

/** One thing a user taught. */
export interface TaskCorrection {
  /** What the message was. */
  task: TaskKind;
  /** When it was taught, ISO. */
  day: string;
  /** The telling ideas of the message; none of its words. */
  hint: string;
}

/** What the user taught the task detector. */
export interface TaskCorrections {
  /** The oldest first; at most 200 are kept. */
  corrections: TaskCorrection[];
}

/** Replacements in one document, as LSP has it. */
export interface TextDocumentEdit {
  /** Which document, at which version. */
  textDocument: VersionedDocument;
  /** Replacements that do not overlap, all against that version. */
  edits: AnnotatedTextEdit[];
}

/** Tokens in disjoint classes; null means the provider did not say. */
export interface TokenUsage {
  /** Prompt tokens outside any cache. */
  input: number | null;
  /** Visible answer tokens. */
  output: number | null;
  /** Prompt tokens read from the provider's cache. */
  cacheRead?: number;
  /** Prompt tokens written to the provider's cache. */
  cacheWrite?: number;
  /** Thinking tokens, billed as output. */
  reasoning?: number;
  /** Whether any number is our own count. */
  estimated?: boolean;
}

/** The model asks for a function. */
export interface ToolCall {
  /** Names the call; its result says the same. */
  id: string;
  /** Which function. */
  name: string;
  /** JSON text, as the model wrote it: look at it before you act on it. */
  arguments: string;
}

/** A function the model may ask for. The caller runs it; the daemon never does. */
export interface ToolOffer {
  /** Its name. */
  name: string;
  /** What it does, for the model. */
  description?: string;
  /** JSON Schema of its arguments; null: it takes none. */
  parameters?: Record<string, unknown> | null;
}

/** Asks or tells whether a workspace's own settings may be used. */
export interface TrustParams {
  /** What to do. */
  action?: TrustAction;
  /** Any path in the workspace, absolute, or its file URI; needed but for `window`. */
  workspace?: string | null;
  /** For `accept`: the digest that came with what was shown, so that nothing else is accepted. */
  digest?: string | null;
  /** For `window`: what the editor says. */
  trusted?: boolean | null;
}

/** How the trust in a workspace stands. */
export interface TrustState {
  /** Canonical path of the workspace, or of the folder on the way to the path, that is meant. */
  root?: string | null;
  /** Whether models may be asked for it. */
  trusted: boolean;
  /** Why not, ending with what to do. */
  why?: string | null;
  /** What its settings file says; null when there is none or it cannot be read. */
  file?: string | null;
  /** SHA-256 of that file. */
  digest?: string | null;
  /** Every workspace that was accepted. */
  accepted?: TrustedWorkspace[];
}

/** One workspace as it was accepted. */
export interface TrustedWorkspace {
  /** Its canonical path. */
  root: string;
  /** When, ISO 8601, UTC. */
  at: string;
  /** SHA-256 of its settings file then. */
  digest: string;
}

/** Asks for the books. */
export interface UsageParams {
  /** Only what was spent for this repository. */
  workspace?: string | null;
  /** How many days of history to give, today included; at most 400. */
  days?: number;
  /** `provider/model` that savings are reckoned against; null takes the user's own setting. */
  baseline?: string | null;
}

/** The books: today, this month, and the month by group. */
export interface UsageReport {
  /** IANA name of the zone the days are counted in. */
  zone: string;
  /** Since local midnight. */
  today: UsageTotal;
  /** Since the first of the month. */
  month: UsageTotal;
  /** The month by task. */
  byTask: UsageTotal[];
  /** The month by provider. */
  byProvider: UsageTotal[];
  /** The month by model. */
  byModel: UsageTotal[];
  /** Every limit in force. */
  limits: LimitLine[];
  /** Since the daemon started. */
  session?: UsageTotal | null;
  /** Since Monday. */
  week?: UsageTotal | null;
  /** The month by repository; an empty name for what belongs to none. */
  byWorkspace?: UsageTotal[];
  /** The month by branch; an empty name for what belongs to none. */
  byBranch?: UsageTotal[];
  /** The last days by date, oldest first; days without a call are left out. */
  days?: UsageTotal[];
  /** The same by date and task. */
  daysByTask?: DayPart[];
  /** What the month will probably cost; null while it is too early to say. */
  projection?: ProjectionLine | null;
  /** The month against one model for everything; null when there is none to compare with. */
  savings?: SavingsLine | null;
  /** How quick each model was lately, the most used first. */
  latency?: LatencyLine[];
  /** What became of answers since it is learned, by model and task. */
  acceptance?: AcceptanceLine[];
  /**
   * What reading prompts from providers' caches saved this month, at today's prices; null when
   * nothing was read from one.
   */
  cacheSaved?: Money | null;
  /** Answers that were given again without asking, since the daemon started. */
  repeats?: number;
  /** What those would have cost. */
  repeatsSaved?: Money | null;
}

/** Sums over a period or a group. */
export interface UsageTotal {
  /** The period or the group's name. */
  name: string;
  /** Operations; retries do not add to it. */
  requests: number;
  /** Calls that reached for a provider. */
  attempts: number;
  /** What they cost. */
  cost: Money;
  /** Prompt tokens, cached ones included. */
  input: number;
  /** Answer tokens, thinking included. */
  output: number;
  /** Prompt tokens read from a cache. */
  cached: number;
  /** Calls of unknown price; their cost is not in the sum. */
  unpriced: number;
}

/** A document at one version, as LSP has it. */
export interface VersionedDocument {
  /** Its URI. */
  uri: string;
  /** The version the edits were made for; null when it is not open in the editor. */
  version: number | null;
}

/**
 * A request's place in the line for a busy provider, as it got in and as the line moved on; or
 * that it shares an answer that is being made for the same request.
 */
export interface WaitingParams {
  /** The request's `deltaToken`. */
  token: string | number;
  /** Whose turn it waits for. */
  provider: string;
  /** 1 for the next one; 0 when its turn came and it is being asked. */
  place: number;
  /** How long that may take; null while nobody knows. */
  expectedSeconds?: number | null;
  /** Whether the same is being asked already: the place is that request's, the answer both's. */
  shared?: boolean;
}

/** A repository and the work on it at one moment. Null is not known, never none. */
export interface Workspace {
  /** Absolute path of the work tree. */
  root: string;
  /** Null when HEAD is detached. */
  branch: string | null;
  /** Commit id; null before the first commit. */
  head: string | null;
  /** What the branch follows, such as `origin/main`; null when it follows nothing. */
  upstream?: string | null;
  /** Commits the upstream lacks. */
  ahead?: number | null;
  /** Commits the branch lacks. */
  behind?: number | null;
  /**
   * What git is in the middle of: `none`, `merge`, `rebase`, `cherry-pick`, `revert` or
   * `bisect`.
   */
  operation: string;
  /** Paths with conflicts. */
  conflicted?: string[];
  /** What a commit would take, at most 500 of it. */
  staged?: StagedFile[];
  /** How many there are in all. */
  stagedCount: number;
  /** What is not staged, untracked files included, at most 500 of it. */
  local?: LocalFile[] | null;
  /** How many there are in all. */
  localCount?: number | null;
  /** Changed in the last ten minutes, newest first. */
  recent?: ChangedFile[];
  /** Logs of the last ten minutes that end in a failure, newest first. */
  failingLogs?: FailedLog[];
  /** What editors have open. */
  documents?: DocumentState[];
  /** What is selected in the editor that spoke last. */
  selection?: SelectionState | null;
  /** Problems the editor that spoke last shows; null when none told. */
  diagnostics?: DiagnosticCounts | null;
  /** The last ones, newest first. */
  commands?: RanCommand[];
  /** Whether this repository is watched; otherwise it was looked at once, for this answer. */
  watched: boolean;
  /** Why changes may be noticed late, for a person; null when they are told at once. */
  degraded?: string | null;
  /** When git was last asked, ISO 8601, UTC. */
  takenAt?: string | null;
}

/** A watched repository, or the work on it, is different now. */
export interface WorkspaceChangedParams {
  /** Absolute path of its work tree. */
  root: string;
  /** 1, 2, 3, ... while it is watched; a gap means that something was left out. */
  serial: number;
  /** Names of the fields of `workspace` that differ. */
  changed: string[];
  /** As it is now; null when it cannot be read. */
  workspace?: Workspace | null;
  /** Why it cannot be read, ending with what to do. */
  problem?: string | null;
}

/** Changes to documents, as LSP has it; to be applied whole or not at all. */
export interface WorkspaceEdit {
  /** In the order they are made. */
  documentChanges: (TextDocumentEdit | CreateFile)[];
  /** What the edits are for, by their keys. */
  changeAnnotations: Record<string, unknown>;
}

/** Asks what a repository and the work on it look like now. No model is asked. */
export interface WorkspaceParams {
  /** Any path in the repository, absolute, or its file URI. */
  workspace: string;
  /**
   * Look afresh: the answer holds every change that ended before the request was sent. Otherwise
   * the answer of a watched repository may be up to two seconds old.
   */
  sync?: boolean;
  /**
   * True: watch the repository and send `aircher/workspaceChanged` until the connection ends;
   * false: no longer; null: as it is.
   */
  subscribe?: boolean | null;
}

/** Requests the editor sends, by method: what goes out and what comes back. */
export interface Requests {
  /** Writes a commit message for what is staged, in the repository's own convention. */
  'aircher/commitMessage': { params: CommitMessageParams; result: CommitMessage };
  /** Answers one question, or the next of a conversation. */
  'aircher/ask': { params: AskParams; result: AskResult };
  /** Continues a conversation given in full. */
  'aircher/chat': { params: ChatParams; result: Answer };
  /** Finds the faults of a change, on the lines it changed, or of code. */
  'aircher/review': { params: ReviewParams; result: Review };
  /** Says what code does. */
  'aircher/explain': { params: ExplainParams; result: Prose };
  /** Gives a short account of a file, a change, a branch or its commits. */
  'aircher/summarize': { params: SummarizeParams; result: Prose };
  /** Proposes the remedy of a problem. */
  'aircher/fix': { params: FixParams; result: EditProposal };
  /** Proposes documentation: a docstring, or a section of the front page. */
  'aircher/document': { params: DocumentParams; result: EditProposal };
  /** Proposes another structure with the same behaviour. */
  'aircher/refactor': { params: RefactorParams; result: EditProposal };
  /** Proposes new code at the cursor, or tests. */
  'aircher/generate': { params: GenerateParams; result: EditProposal };
  /** Tells what a user did with an answer or a finding. */
  'aircher/feedback': { params: FeedbackParams; result: FeedbackResult };
  /** Makes a vector for each text, under the same limits as any other call. */
  'aircher/embed': { params: EmbedParams; result: Embedded };
  /** Makes pictures, each reserved for at its dearest before it is asked for. */
  'aircher/image': { params: ImageParams; result: Pictured };
  /** Counts a conversation's tokens: the provider, a tokenizer here, or a bound. */
  'aircher/countTokens': { params: CountTokensParams; result: CountedTokens };
  /** The books: today, the month, by task, provider and model, and every limit. */
  'aircher/usage': { params: UsageParams; result: UsageReport };
  /** Which models can be used, with price and window, and what is wrong with the rest. */
  'aircher/models': { params: ModelsParams; result: ModelList };
  /** Every provider and its state. */
  'aircher/providers': { params: ProvidersParams; result: ProviderList };
  /** How the daemon is. */
  'aircher/status': { params: StatusParams; result: Status };
  /** Figures for a monitor, as OpenMetrics. */
  'aircher/metrics': { params: MetricsParams; result: Metrics };
  /** What helps to find a fault, and no secret. */
  'aircher/dump': { params: DumpParams; result: Dump };
  /** What a message would be taken for, and why. No model is asked. */
  'aircher/detectTask': { params: DetectTaskParams; result: DetectedTask };
  /** Teaches what a message was, lists what was taught, or forgets it. */
  'aircher/correctTask': { params: CorrectTaskParams; result: TaskCorrections };
  /** A dry run: what a request would send, to whom, at what cost. Nothing is sent. */
  'aircher/plan': { params: PlanParams; result: PlanResult };
  /** Reads the configuration again. */
  'aircher/reload': { params: ReloadParams; result: ReloadResult };
  /** What a repository and the work on it look like, now or from now on. */
  'aircher/workspace': { params: WorkspaceParams; result: Workspace };
  /** Tells of open documents, the selection, problems shown, or a command that was run. */
  'aircher/note': { params: NoteParams; result: Noted };
  /** Whether a workspace's own settings are accepted; accepts or revokes them. */
  'aircher/trust': { params: TrustParams; result: TrustState };
  /** What has left for models on other machines: to whom, how much, its hash. */
  'aircher/outbox': { params: OutboxParams; result: OutboxResult };
  /** Takes usage of a workspace or from before a day out of the books. */
  'aircher/forget': { params: ForgetParams; result: Forgotten };
}

/** Notifications the daemon sends, by method. */
export interface Notifications {
  /** A repository this connection subscribed to, or the work on it, changed. */
  'aircher/workspaceChanged': WorkspaceChangedParams;
  /** A piece of text on its way to a result. */
  'aircher/delta': DeltaParams;
  /** A request got in line for a busy provider, and its place; or it shares an answer. */
  'aircher/waiting': WaitingParams;
  /** Spending crossed a limit's alert threshold, or a call was refused by it. */
  'aircher/budget': BudgetParams;
  /** The daemon is busy or idle, and what was spent; at most once a second. */
  'aircher/statusChanged': StatusChangedParams;
}

/** Requests that send `aircher/delta` when given a `deltaToken`. */
export type Streaming =
  | 'aircher/commitMessage'
  | 'aircher/ask'
  | 'aircher/chat'
  | 'aircher/review'
  | 'aircher/explain'
  | 'aircher/summarize'
  | 'aircher/fix'
  | 'aircher/document'
  | 'aircher/refactor'
  | 'aircher/generate';

/** Requests that `$/cancelRequest` stops early. */
export type Cancellable =
  | 'aircher/commitMessage'
  | 'aircher/ask'
  | 'aircher/chat'
  | 'aircher/review'
  | 'aircher/explain'
  | 'aircher/summarize'
  | 'aircher/fix'
  | 'aircher/document'
  | 'aircher/refactor'
  | 'aircher/generate'
  | 'aircher/embed'
  | 'aircher/image'
  | 'aircher/countTokens'
  | 'aircher/models'
  | 'aircher/providers'
  | 'aircher/plan'
  | 'aircher/workspace';

"""Names so common in programs that they tell nothing about one."""

from __future__ import annotations

from aircherd.commits.drafting.word_set import word_set

COMMON_NAMES = word_set(
    """
    self this return None null true false undefined const let var def function func import
    from export default async await new class public private static final void string number
    boolean int str bool list dict set map err error nil result value values data item items
    name key keys type types options option config args kwargs props ctx context index length
    size push get add remove append format print println console log assert expect should test
    tests describe require module exports else elif elseif for while switch case break
    continue try catch except finally raise throw throws with yield lambda pass not and or
    instanceof typeof the that when then are was were has have had does will would can could
    may must only also into use mod pub impl struct enum trait where match some ok unwrap
    clone mut ref vec box fmt write string_view std size_t char unsigned auto override virtual
    template typename namespace include package interface extends implements make range defer
    chan select fallthrough goto Some Ok Err True False String Object Array List Map Set Vec
    Option Result Error Exception Promise Any Self super init main path file line text content
    response request input output param params arg callback handler node root parent child
    children current next prev old temp tmp foo bar
    """
)

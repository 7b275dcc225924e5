"""The inside of a queue, with a clock that stands still."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from liveaudit.lab.queues import MessageStore, Redrive, Where


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def bodies(
    store: MessageStore, count: int = 10, visibility: float = 30, redrive: Redrive | None = None
) -> list[str]:
    return [one.message for one in store.receive(count, 0, visibility, redrive=redrive)]


def test_received_once_until_the_visibility_ends() -> None:
    clock = Clock()
    store = MessageStore(clock=clock)
    store.add("a")
    assert bodies(store) == ["a"]
    assert bodies(store) == []
    assert store.count(Where.IN_FLIGHT) == 1
    clock.now = 30
    (again,) = store.receive(1, 0, 30)
    assert again.receives == 2


def test_delay() -> None:
    clock = Clock()
    store = MessageStore(clock=clock)
    store.add("a", delay=5)
    assert store.count(Where.DELAYED) == 1
    assert bodies(store) == []
    clock.now = 5
    assert bodies(store) == ["a"]


def test_delete_by_any_handle_it_ever_had() -> None:
    store = MessageStore()
    store.add("a")
    (first,) = store.receive(1, 0, 0)
    (second,) = store.receive(1, 0, 0)
    assert first.handle != second.handle
    assert store.delete(first.handle)
    assert store.delete(second.handle)
    assert bodies(store) == []
    assert not store.delete("made-up")


def test_longer_and_shorter_visibility() -> None:
    clock = Clock()
    store = MessageStore(clock=clock)
    store.add("a")
    (one,) = store.receive(1, 0, 10)
    assert store.change_visibility(one.handle, 100)
    clock.now = 50
    assert bodies(store) == []
    assert store.change_visibility(one.handle, 0)
    assert bodies(store) == ["a"]


def test_retention() -> None:
    clock = Clock()
    store = MessageStore(clock=clock)
    store.add("old")
    clock.now = 100
    store.add("new")
    assert [one.message for one in store.receive(10, 0, 30, retention=60)] == ["new"]


def test_redrive_after_so_many_receptions() -> None:
    clock = Clock()
    store, dead = MessageStore(clock=clock), MessageStore(clock=clock)
    redrive = Redrive(2, dead.add)
    store.add("poison")
    for _ in range(2):
        assert bodies(store, visibility=1, redrive=redrive) == ["poison"]
        clock.now += 1
    assert bodies(store, redrive=redrive) == []
    assert bodies(dead) == ["poison"]
    assert store.count(Where.READY) == store.count(Where.IN_FLIGHT) == 0


def test_groups_of_a_fifo_queue_wait_for_each_other() -> None:
    store = MessageStore(ordered=True)
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        store.add(body, group=group)
    (first,) = store.receive(1, 0, 30)
    assert first.message == "a1"
    assert bodies(store) == ["b1"]
    store.delete(first.handle)
    assert bodies(store) == ["a2"]


def test_purge_and_close() -> None:
    store = MessageStore()
    store.add("a")
    (one,) = store.receive(1, 0, 30)
    store.add("b")
    store.purge()
    assert store.delete(one.handle)
    assert bodies(store) == []
    store.close()
    assert store.receive(1, 20, 30) == []


def test_a_long_poll_ends_when_a_message_comes() -> None:
    store = MessageStore()
    timer = threading.Timer(0.05, store.add, ["a"])
    timer.start()
    assert [one.message for one in store.receive(1, 10, 30)] == ["a"]
    timer.join()


def test_many_receivers_and_no_message_twice() -> None:
    store = MessageStore()
    taken: list[str] = []

    def work() -> None:
        while received := store.receive(10, 0.2, 30):
            taken.extend(one.message for one in received)
            for one in received:
                store.delete(one.handle)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(5000):
        store.add(str(number))
    for thread in threads:
        thread.join()
    assert Counter(taken) == Counter(str(number) for number in range(5000))


@given(st.lists(st.sampled_from(["add", "take", "delete", "show", "wait"]), max_size=60))
def test_nothing_is_lost_whatever_happens(steps: list[str]) -> None:
    clock = Clock()
    store = MessageStore(clock=clock)
    added, deleted = 0, 0
    in_hand: dict[str, str] = {}
    for step in steps:
        if step == "add":
            store.add(str(added))
            added += 1
        elif step == "take":
            for one in store.receive(2, 0, 5):
                in_hand[one.message] = one.handle
        elif step == "delete" and in_hand:
            store.delete(in_hand.popitem()[1])
            deleted += 1
        elif step == "show" and in_hand:
            store.change_visibility(next(iter(in_hand.values())), 0)
        elif step == "wait":
            clock.now += 3
        assert store.count(Where.READY) + store.count(Where.IN_FLIGHT) == added - deleted
    clock.now += 100
    left = bodies(store, count=1000)
    assert len(left) == len(set(left)) == added - deleted

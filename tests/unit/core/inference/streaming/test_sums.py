"""Sums over bands, added up in an order that does not depend on the order in which they come."""

import random

import torch

from core.inference.streaming.attention import ChannelSums, SumTree
from core.inference.streaming.compiled import BAND_POSITIONS, band_height


def sums(seed: int) -> ChannelSums:
    made = ChannelSums(2, 8, torch.float32, torch.device("cpu"))
    made.add(torch.randn(3, 11, 16, generator=torch.Generator().manual_seed(seed)))
    return made


def test_any_order_and_any_division_gives_the_same_bits() -> None:
    for count in (1, 2, 3, 13, 32):
        results = []
        for shuffle in range(4):
            numbers = list(range(count))
            random.Random(shuffle).shuffle(numbers)
            cut = count * shuffle // 4
            trees = []
            for part in (numbers[:cut], numbers[cut:]):
                tree = SumTree()
                for number in part:
                    tree.add(number, sums(number))
                trees.append(tree)
            trees[1].update(trees[0])
            results.append(trees[1].total().cosines())
        assert all(torch.equal(result, results[0]) for result in results)


def test_a_tree_adds_up_all_bands() -> None:
    tree, together = SumTree(), ChannelSums(2, 8, torch.float32, torch.device("cpu"))
    for number in range(11):
        tree.add(number, sums(number))
        together.merge(sums(number))
    torch.testing.assert_close(tree.total().cosines(), together.cosines(), rtol=1e-5, atol=1e-6)


def test_several_workers_can_share_a_map_unless_it_is_small() -> None:
    assert band_height(BAND_POSITIONS, 512, 512, 0) == 16  # 8192 positions
    assert band_height(BAND_POSITIONS, 256, 256, 0) == 32
    assert band_height(BAND_POSITIONS, 64, 64, 0) == 16  # a quarter of the rows
    assert band_height(BAND_POSITIONS, 16, 16, 0) == 8
    assert band_height(BAND_POSITIONS, 2000, 3000, 0) == 4
    assert band_height(BAND_POSITIONS, 3, 100, 0) == 3


def test_bands_of_the_lowest_level_of_a_large_photo_take_no_more_memory_than_others() -> None:
    channels = (64, 64, 128, 256)  # of the compact network, in the decoder
    values = [band_height(BAND_POSITIONS, 2000 >> n, 3000 >> n, n) * (3000 >> n) * channels[n] for n in range(4)]
    assert values[3] < 1.1 * values[2]

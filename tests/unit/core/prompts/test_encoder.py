"""The open_clip encoder, with a tiny CLIP through the same code, and without a network."""

import hashlib
import shutil
import sys
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch

from core.degradations import degradation
from core.errors import Cancelled, PromptError, TextEncoderMissing
from core.progress import CancelToken
from core.prompts import CLIP, OpenClipEncoder, PromptBank, encoder_folder, random_codes
from core.prompts.cache import EmbeddingCache
from core.prompts.encoder import _require_quick_gelu
from core.prompts.preparing import download_needed, prepare_prompts, prompts_ready
from core.prompts.weights import cache_folder

TINY = "tiny-clip-quickgelu"
PLAIN = "tiny-clip"
OTHER = "other-clip-quickgelu"
TEXTS = ["Hazy degradation with normal haze", "Lowlight degradation"]


def features(clip: torch.nn.Module, texts: list[str]) -> np.ndarray:
    with torch.no_grad():
        return clip.encode_text(open_clip.get_tokenizer(TINY)(texts)).numpy()


@pytest.fixture
def encoder(tiny_clips: Path, weights: Path, tmp_path: Path) -> OpenClipEncoder:
    return OpenClipEncoder(TINY, "openai", weights=weights, cache=tmp_path / "cache")


class TestEmbeddings:
    def test_are_the_unnormalised_text_features_of_clip(self, encoder: OpenClipEncoder, clip: torch.nn.Module) -> None:
        rows = encoder.encode(TEXTS)
        assert rows.shape == (2, 24) and rows.dtype == np.float32
        np.testing.assert_allclose(rows, features(clip, TEXTS), rtol=1e-5, atol=1e-6)
        assert (np.abs(np.linalg.norm(rows, axis=1) - 1) > 0.01).all()  # not normalised

    def test_keep_the_order_and_the_repetitions_of_texts(self, encoder: OpenClipEncoder) -> None:
        first, second = encoder.encode(TEXTS)
        np.testing.assert_array_equal(encoder.encode([TEXTS[1], TEXTS[0], TEXTS[1]]), [second, first, second])

    def test_come_from_the_cache_the_second_time(
        self, encoder: OpenClipEncoder, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = encoder.encode(TEXTS)
        monkeypatch.setattr(open_clip, "create_model", None)  # whoever loads, fails
        again = OpenClipEncoder(TINY, "openai", weights=weights, cache=tmp_path / "cache")
        np.testing.assert_array_equal(again.encode(TEXTS[::-1]), rows[::-1])
        with pytest.raises(PromptError, match="NoneType"):
            again.encode(["Rain"])

    def test_of_other_weights_are_not_taken_from_the_cache(
        self, encoder: OpenClipEncoder, clip: torch.nn.Module, tmp_path: Path
    ) -> None:
        rows = encoder.encode(TEXTS)
        state = {name: 2 * value if name == "text_projection" else value for name, value in clip.state_dict().items()}
        torch.save(state, tmp_path / "other.pt")
        other = OpenClipEncoder(TINY, "openai", weights=tmp_path / "other.pt", cache=tmp_path / "cache")
        np.testing.assert_allclose(other.encode(TEXTS), 2 * rows, rtol=1e-5)

    def test_are_computed_again_if_the_cache_is_damaged(self, encoder: OpenClipEncoder, tmp_path: Path) -> None:
        rows = encoder.encode(TEXTS)
        files = list((tmp_path / "cache").iterdir())
        assert len(files) == 2
        for file in files:
            file.write_bytes(file.read_bytes()[:50])
        np.testing.assert_array_equal(encoder.encode(TEXTS), rows)
        assert all(file.stat().st_size > 50 for file in files)

    def test_are_cached_in_the_users_folder_by_default(
        self, tiny_clips: Path, weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("platformdirs.user_cache_dir", lambda app, appauthor: str(tmp_path / app))
        OpenClipEncoder(TINY, "openai", weights=weights).encode(["Rain"])
        assert len(list((tmp_path / "dfpir-studio" / "embeddings").iterdir())) == 1

    @pytest.mark.parametrize("texts", [[], [""], ["Rain", " \n"]])
    def test_need_a_text(self, encoder: OpenClipEncoder, texts: list[str]) -> None:
        with pytest.raises(PromptError, match="at least one word"):
            encoder.encode(texts)


class TestQuickGelu:
    def test_the_default_is_the_published_encoder(self) -> None:
        assert OpenClipEncoder().identity == CLIP == "open_clip ViT-B-32-quickgelu/openai"
        assert open_clip.get_model_config("ViT-B-32-quickgelu")["quick_gelu"] is True
        assert not open_clip.get_model_config("ViT-B-32").get("quick_gelu")
        with torch.device("meta"):
            _require_quick_gelu(open_clip.create_model("ViT-B-32-quickgelu", device="meta"), open_clip, "it")

    def test_openais_weights_are_refused_without_it(self, tiny_clips: Path, weights: Path, tmp_path: Path) -> None:
        encoder = OpenClipEncoder(PLAIN, "openai", weights=weights, cache=tmp_path / "cache")
        with pytest.raises(PromptError, match=r"QuickGELU.*tiny-clip has none.*ViT-B-32-quickgelu"):
            encoder.encode(["Rain"])
        assert not (tmp_path / "cache").exists()

    def test_other_weights_need_none(self, tiny_clips: Path, weights: Path, tmp_path: Path) -> None:
        plain = OpenClipEncoder(PLAIN, "laion", weights=weights, cache=tmp_path).encode(TEXTS)
        quick = OpenClipEncoder(TINY, "laion", weights=weights, cache=tmp_path).encode(TEXTS)
        assert np.abs(plain - quick).max() > 1e-4  # the difference that is refused above


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
class TestOpenAIsFile:
    """OpenAI publishes a TorchScript program in half precision."""

    @pytest.fixture
    def script(self, clip: torch.nn.Module, tmp_path: Path) -> Path:
        holder = torch.nn.Module()
        for name, value in clip.state_dict().items():
            *path, last = name.split(".")
            parent = holder
            for part in path:
                if not hasattr(parent, part):
                    parent.add_module(part, torch.nn.Module())
                parent = getattr(parent, part)
            parent.register_parameter(last, torch.nn.Parameter(value.half(), requires_grad=False))
        torch.jit.script(holder).save(str(tmp_path / "ViT-B-32.pt"))
        return tmp_path / "ViT-B-32.pt"

    @pytest.fixture
    def published(self, script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        """Where the script is published under the tiny model's name, as open_clip's table would have it."""
        folder = tmp_path / hashlib.sha256(script.read_bytes()).hexdigest()
        folder.mkdir()
        shutil.copy(script, folder)
        url = (folder / script.name).as_uri()
        monkeypatch.setattr(open_clip, "get_pretrained_url", lambda model, tag: url if model == TINY else "")
        monkeypatch.setattr("platformdirs.user_data_dir", lambda app, appauthor: str(tmp_path / app))
        return folder / script.name

    def test_is_recognised_by_its_hash(
        self, script: Path, published: Path, tiny_clips: Path, clip: torch.nn.Module, tmp_path: Path
    ) -> None:
        encoder = OpenClipEncoder(TINY, "openai", weights=script, cache=tmp_path / "cache")
        np.testing.assert_allclose(encoder.encode(TEXTS), features(clip, TEXTS), rtol=0.02, atol=0.01)

    def test_is_downloaded_once(self, published: Path, tiny_clips: Path, clip: torch.nn.Module, tmp_path: Path) -> None:
        rows = OpenClipEncoder(TINY, "openai", cache=tmp_path / "cache", download=True).encode(TEXTS)
        np.testing.assert_allclose(rows, features(clip, TEXTS), rtol=0.02, atol=0.01)
        assert list(encoder_folder().iterdir()) == [encoder_folder() / "ViT-B-32.pt"]

        published.unlink()
        again = OpenClipEncoder(TINY, "openai", cache=tmp_path / "other cache")
        np.testing.assert_array_equal(again.encode(TEXTS), rows)

    def test_wrong_download_is_deleted(self, published: Path, tiny_clips: Path, tmp_path: Path) -> None:
        published.write_bytes(published.read_bytes()[:-1])
        with pytest.raises(PromptError, match="is not the file that OpenAI published"):
            OpenClipEncoder(TINY, "openai", cache=tmp_path / "cache", download=True).encode(TEXTS)
        assert list(encoder_folder().iterdir()) == []

    def test_is_not_downloaded_without_permission(self, published: Path, tiny_clips: Path, tmp_path: Path) -> None:
        with pytest.raises(TextEncoderMissing, match=r"CLIP \(ViT-B-32.pt\), which is not on this computer yet"):
            OpenClipEncoder(TINY, "openai", cache=tmp_path / "cache").encode(TEXTS)
        assert not encoder_folder().exists()

    def test_all_prompts_are_prepared_with_progress_and_then_need_no_weights(
        self, published: Path, tiny_clips: Path, tmp_path: Path
    ) -> None:
        encoder = OpenClipEncoder(TINY, "openai", cache=tmp_path / "cache")
        assert not prompts_ready(encoder)
        told: list[float] = []
        prepare_prompts(told.append, encoder=encoder)
        assert told == sorted(told) and told[-1] == 1.0
        assert prompts_ready(encoder)
        (encoder_folder() / "ViT-B-32.pt").unlink()
        again = OpenClipEncoder(TINY, "openai", cache=tmp_path / "cache")
        assert again.encode([degradation("haze").prompt]).shape == (1, 24)

    def test_cancelled_download_leaves_no_file(self, published: Path, tiny_clips: Path, tmp_path: Path) -> None:
        cancel = CancelToken()
        cancel.cancel()
        with pytest.raises(Cancelled):
            prepare_prompts(cancel=cancel, encoder=OpenClipEncoder(TINY, "openai", cache=tmp_path / "c"))
        assert list(encoder_folder().iterdir()) == []

    def test_other_programs_are_not_run(
        self, script: Path, tiny_clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(torch.jit, "load", None)
        for model in (TINY, "ViT-B-32-quickgelu"):
            encoder = OpenClipEncoder(model, "openai", weights=script, cache=tmp_path / "cache")
            with pytest.raises(PromptError, match="TorchScript program, but not the one that OpenAI published"):
                encoder.encode(["Rain"])

    def test_its_hash_is_the_one_in_open_clips_table(self) -> None:
        url = open_clip.get_pretrained_url("ViT-B-32-quickgelu", "openai")
        assert url.endswith("/40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt")


class TestMissingWeights:
    def test_without_a_network_the_error_says_what_to_download_and_where_to_put_it(self, tmp_path: Path) -> None:
        with pytest.raises(PromptError) as caught:
            OpenClipEncoder(cache=tmp_path, download=True).encode(["Rain"])
        message = str(caught.value)
        assert "ViT-B-32-quickgelu" in message and "openai" in message
        assert "download ViT-B-32.pt from https://" in message
        assert str(encoder_folder()) in message

    def test_weights_of_the_hub_are_not_downloaded_without_permission(
        self, tiny_clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(open_clip, "create_model", None)
        with pytest.raises(TextEncoderMissing, match=r"ViT-B-32, laion2b_s34b_b79k\) are not on this computer"):
            OpenClipEncoder("ViT-B-32", "laion2b_s34b_b79k", cache=tmp_path).encode(["Rain"])

    def test_file_in_that_folder_is_found(
        self, tiny_clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = f"https://example.org/{'0' * 64}/ViT-B-32.pt"
        monkeypatch.setattr(open_clip, "get_pretrained_url", lambda model, tag: url)
        monkeypatch.setattr("platformdirs.user_data_dir", lambda app, appauthor: str(tmp_path / app))
        folder = tmp_path / "dfpir-studio" / "encoders"
        assert encoder_folder() == folder
        folder.mkdir(parents=True)
        (folder / "ViT-B-32.pt").write_bytes(b"not weights")
        with pytest.raises(PromptError) as caught:
            OpenClipEncoder(TINY, "openai", cache=tmp_path).encode(["Rain"])
        assert str(folder / "ViT-B-32.pt") in str(caught.value)
        assert "Delete it" in str(caught.value)

    def test_named_file_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(PromptError, match=r"no weight file .*nothing\.pt"):
            OpenClipEncoder(weights=tmp_path / "nothing.pt").encode(["Rain"])

    def test_weights_of_another_architecture(self, tiny_clips: Path, weights: Path, tmp_path: Path) -> None:
        encoder = OpenClipEncoder(OTHER, "openai", weights=weights, cache=tmp_path)
        with pytest.raises(PromptError, match=r"tiny\.pt does not fit open_clip's other-clip-quickgelu"):
            encoder.encode(["Rain"])

    def test_an_architecture_that_open_clip_does_not_know(self, tmp_path: Path) -> None:
        with pytest.raises(PromptError, match="no-such-model"):
            OpenClipEncoder("no-such-model", cache=tmp_path).encode(["Rain"])

    @pytest.mark.parametrize("package", ["open_clip", "platformdirs"])
    def test_packages_that_are_not_installed_are_named(
        self, package: str, encoder: OpenClipEncoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        encoder.cache = None
        with pytest.raises(PromptError, match=f"{package}.*not installed.*pip install {package}"):
            encoder.encode(["Rain"])


class TestDownloadNeeded:
    @pytest.fixture(autouse=True)
    def _own_folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("platformdirs.user_data_dir", lambda app, appauthor: str(tmp_path / "data"))
        monkeypatch.setattr("platformdirs.user_cache_dir", lambda app, appauthor: str(tmp_path / "cache"))

    def test_for_a_bank_that_lacks_prompts_of_clip(self) -> None:
        assert download_needed(PromptBank(CLIP, {}))
        haze = PromptBank(CLIP, {"haze": (degradation("haze").prompt, np.ones(512))})
        assert not download_needed(haze, ["haze"]) and download_needed(haze, ["haze", "rain"])

    def test_not_if_a_text_encoder_cannot_help(self) -> None:
        assert not download_needed(random_codes(["haze"], seed=1))

    def test_not_if_weights_or_embeddings_are_present(self) -> None:
        cache = EmbeddingCache(cache_folder())
        cache.put(CLIP, degradation("haze").prompt, np.ones(512, np.float32))
        assert not download_needed(PromptBank(CLIP, {}), ["haze"])
        assert download_needed(PromptBank(CLIP, {}), ["rain"])
        encoder_folder().mkdir(parents=True)
        (encoder_folder() / "ViT-B-32.pt").write_bytes(b"weights")
        assert not download_needed(PromptBank(CLIP, {}))

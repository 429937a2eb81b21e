import sys
from pathlib import Path

# So that the test modules find `format_samples.py` beside them, under every import mode of pytest.
sys.path.insert(0, str(Path(__file__).parent))

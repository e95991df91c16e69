"""What a workshop needs: copies of the notebooks, the doctor, the instructor's papers, times and tracks."""

from dicomkit.workshop.examination import doctor

__all__ = ["doctor"]

internal import JobModel
